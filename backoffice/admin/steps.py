"""Steps of the saga: what was asked of handlers and services beside the providers, with the last tries."""

from django.contrib import admin
from django.utils.safestring import SafeString

from backoffice.display import block, pretty, when
from backoffice.links import link_to
from payments.models import SagaCommand

from ._read_only import ReadOnlyAdmin


@admin.register(SagaCommand)
class SagaCommandAdmin(ReadOnlyAdmin):
    """Commands and side effects."""

    list_display = ("created", "channel", "label", "payment_link", "is_side_effect", "state", "tries", "next_try")
    list_filter = ("state", "is_side_effect", ("created_at", admin.DateFieldListFilter))
    list_select_related = ("payment",)
    fields = (
        "channel",
        "label",
        "payment_link",
        "is_side_effect",
        "state",
        "answer",
        "created",
        "done",
        "next_try",
        "tries",
        "last_error",
        "log_view",
    )

    @admin.display(description="Payment")
    def payment_link(self, command: SagaCommand) -> SafeString:
        """Link to the payment."""
        return link_to(command.payment, command.payment.shop_transaction_id)

    @admin.display(description="Next try (UTC)", ordering="next_try_at")
    def next_try(self, command: SagaCommand) -> SafeString | str:
        """Write when it is tried next."""
        return when(command.next_try_at)

    @admin.display(description="Done (UTC)")
    def done(self, command: SagaCommand) -> SafeString | str:
        """Write when it was done."""
        return when(command.done_at)

    @admin.display(description="Last tries")
    def log_view(self, command: SagaCommand) -> SafeString | str:
        """Show the last tries."""
        return block(pretty(command.log))
