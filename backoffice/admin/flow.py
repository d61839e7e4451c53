"""Outside sagas: those that were made through `/fm/saga`, what a Flow Manager commands, and what it is told."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.display import block, code, pretty, when
from backoffice.links import link_to
from payments.models import FlowCommand, FlowEvent, FlowSaga

from ._read_only import ReadOnlyAdmin


class _OfSaga(ReadOnlyAdmin):
    """What the pages share."""

    @admin.display(description=_("Saga"))
    def saga_shown(self, row: FlowCommand | FlowEvent) -> SafeString | str:
        """Write the saga's id."""
        return code(row.saga_id)

    @admin.display(description=_("Payment"))
    def payment_link(self, row: FlowCommand | FlowEvent) -> SafeString:
        """Link to the payment."""
        return link_to(row.payment, row.payment.shop_transaction_id if row.payment else "")

    @admin.display(description=_("Next try (UTC)"))
    def next_try(self, row: FlowCommand | FlowEvent) -> SafeString | str:
        """Write when it is tried next."""
        return when(row.next_try_at)

    @admin.display(description=_("What came along"))
    def payload_view(self, row: FlowCommand | FlowEvent) -> SafeString | str:
        """Show the metadata, without secrets."""
        return block(pretty(row.payload))


@admin.register(FlowCommand)
class FlowCommandAdmin(_OfSaga):
    """Commands of a Flow Manager."""

    list_display = ("created", "step", "saga_shown", "payment_link", "state", "tries", "error", "project", "mode")
    list_filter = ("state", "step", ("created_at", admin.DateFieldListFilter), "project", "mode")
    list_select_related = ("payment", "project")
    fields = (
        "step",
        "state",
        "error",
        "saga_shown",
        "payment_link",
        "label",
        "identity",
        "project",
        "mode",
        "actor",
        "evidence",
        "tries",
        "created",
        "done",
        "next_try",
        "payload_view",
    )

    @admin.display(description=_("Done (UTC)"))
    def done(self, command: FlowCommand) -> SafeString | str:
        """Write when it was done."""
        return when(command.done_at)


@admin.register(FlowEvent)
class FlowEventAdmin(_OfSaga):
    """Events for a Flow Manager."""

    list_display = ("created", "label", "number", "saga_shown", "payment_link", "taken", "status", "tries", "next_try")
    list_filter = (("taken_at", admin.EmptyFieldListFilter), ("created_at", admin.DateFieldListFilter), "project")
    list_select_related = ("payment", "project")
    fields = (
        "event_shown",
        "label",
        "number",
        "about",
        "saga_shown",
        "payment_link",
        "project",
        "mode",
        "created",
        "taken",
        "next_try",
        "tries",
        "status",
        "error",
        "payload_view",
    )

    @admin.display(description=_("Event id"))
    def event_shown(self, event: FlowEvent) -> SafeString | str:
        """Write the id that the Flow Manager sees."""
        return code(event.public_id)

    @admin.display(description=_("Taken (UTC)"), ordering="taken_at")
    def taken(self, event: FlowEvent) -> SafeString | str:
        """Write when the Flow Manager took it."""
        return when(event.taken_at)


@admin.register(FlowSaga)
class FlowSagaAdmin(ReadOnlyAdmin):
    """Sagas that this hub manages for others."""

    list_display = ("created", "saga_shown", "entity", "project", "mode")
    list_filter = (("created_at", admin.DateFieldListFilter), "project", "mode")
    list_select_related = ("project",)
    fields = ("saga_shown", "entity", "project", "mode", "created", "metadata_view")

    @admin.display(description=_("Saga"))
    def saga_shown(self, saga: FlowSaga) -> SafeString | str:
        """Write the saga's id, which is its payment's."""
        return code(saga.public_id)

    @admin.display(description=_("About"))
    def entity(self, saga: FlowSaga) -> str:
        """Write the entity that it belongs to."""
        return saga.associated_entity_id

    @admin.display(description=_("Metadata"))
    def metadata_view(self, saga: FlowSaga) -> SafeString | str:
        """Show the metadata, without secrets."""
        return block(pretty(saga.metadata))
