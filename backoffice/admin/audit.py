"""The audit trail: who did what, from where, why, and what came of it. Nothing in it can be changed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.access import scoped
from backoffice.actions.result import message_words, reason_words
from backoffice.differences import difference_table
from backoffice.display import block, label, pretty
from backoffice.links import link_to
from payments.models import AuditEntry
from payments.selectors.explain import amount

from ._read_only import ReadOnlyAdmin

_LOOKS = {"ok": "succeeded", "ko": "declined", "refused": "declined", "not_sent": "unknown", "pending": "unknown"}


class ActorFilter(admin.SimpleListFilter):
    """By who did it."""

    title = _("who")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer those who did anything."""
        entries = scoped(AuditEntry.objects.order_by("actor"), request.user, "project")
        return [(name, name) for name in entries.values_list("actor", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep theirs."""
        return queryset.filter(actor=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """One line an action: that of its outcome; an action whose outcome was never written down shows as begun."""

    list_display = ("created", "actor", "what", "came_of_it", "about", "why", "address", "project")
    list_filter = ("outcome", "action", ActorFilter, ("created_at", admin.DateFieldListFilter), "project")
    list_select_related = ("payment", "item", "attempt", "project")
    fields = (
        "created",
        "actor",
        "address",
        "action",
        "about",
        "attempt_link",
        "why",
        "came_of_it",
        "message_shown",
        "details_view",
        "changes",
        "before_view",
        "after_view",
        "project",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Leave out the first rows of actions that have an outcome."""
        queryset: QuerySet[AuditEntry] = super().get_queryset(request)
        return queryset.filter(outcome_row=None)

    def title_of(self, row: AuditEntry) -> str:
        """Name it by what was done."""
        return _("%(action)s by %(actor)s") % {"action": row.get_action_display(), "actor": row.actor}

    @admin.display(description=_("What"), ordering="action")
    def what(self, entry: AuditEntry) -> str:
        """Write the action with its amount."""
        money = f" {amount(entry.attempt.amount, entry.attempt.currency)}" if entry.attempt else ""
        return f"{entry.get_action_display()}{money}"

    @admin.display(description=_("Outcome"), ordering="outcome")
    def came_of_it(self, entry: AuditEntry) -> SafeString:
        """Draw the outcome."""
        look = _LOOKS.get(entry.outcome, "open")
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, entry.get_outcome_display())

    @admin.display(description=_("About"))
    def about(self, entry: AuditEntry) -> SafeString | str:
        """Link to the item or payment; else say what was told."""
        if entry.item is not None:
            return link_to(entry.item, label(entry.item.kind))
        if entry.payment is None:
            return entry.message or "—"
        return link_to(entry.payment, entry.payment.shop_transaction_id)

    @admin.display(description=_("Attempt"))
    def attempt_link(self, entry: AuditEntry) -> SafeString:
        """Link to the attempt."""
        return link_to(entry.attempt, entry.attempt.public_id if entry.attempt else "")

    @admin.display(description=_("Why"))
    def why(self, entry: AuditEntry) -> str:
        """Write reason and note."""
        return ": ".join(filter(None, [reason_words(entry.reason), entry.note])) or "—"

    @admin.display(description=_("Message"))
    def message_shown(self, entry: AuditEntry) -> str:
        """Write what was told."""
        return message_words(entry) or "—"

    @admin.display(description=_("Details"))
    def details_view(self, entry: AuditEntry) -> SafeString | str:
        """Show the details of a refusal."""
        return block(pretty(entry.details))

    @admin.display(description=_("What was changed"))
    def changes(self, entry: AuditEntry) -> SafeString | str:
        """Put before and after side by side."""
        return difference_table(entry.before, entry.after)

    @admin.display(description=_("Before (minor units)"))
    def before_view(self, entry: AuditEntry) -> SafeString | str:
        """Show how the payment stood."""
        return block(pretty(entry.before))

    @admin.display(description=_("After (minor units)"))
    def after_view(self, entry: AuditEntry) -> SafeString | str:
        """Show how it stood then."""
        return block(pretty(entry.after))
