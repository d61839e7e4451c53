"""What waits for a person."""

from django.contrib import admin
from django.db.models import F
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.display import block, code, label, pretty, when
from backoffice.links import link_to
from payments.models import OperatorItem

from ._filters import OpenFilter
from ._read_only import ReadOnlyAdmin


@admin.register(OperatorItem)
class OperatorItemAdmin(ReadOnlyAdmin):
    """Operator items, the open ones first."""

    list_display = ("standing", "when_made", "what", "payment_link", "next_step", "project", "resolved_by")
    list_filter = (OpenFilter, "kind", "project")
    list_select_related = ("payment", "project")
    ordering = (F("resolved_at").desc(nulls_first=True), "-id")  # type: ignore[assignment]
    fields = (
        "standing",
        "what",
        "payment_link",
        "about_shown",
        "next_step",
        "evidence_view",
        "project",
        "when_made",
        "when_resolved",
        "resolved_by",
        "resolution",
    )

    @admin.display(description="Standing")
    def standing(self, item: OperatorItem) -> SafeString:
        """Tell whether it still waits."""
        look, word = ("open-item", "Open") if item.resolved_at is None else ("resolved", "Resolved")
        return format_html('<span class="hub-state hub-state--{}">{}</span>', look, word)

    @admin.display(description="Date (UTC)", ordering="id")
    def when_made(self, item: OperatorItem) -> SafeString | str:
        """Write since when it waits."""
        return when(item.created_at)

    @admin.display(description="Resolved (UTC)")
    def when_resolved(self, item: OperatorItem) -> SafeString | str:
        """Write when it was resolved."""
        return when(item.resolved_at)

    @admin.display(description="What", ordering="kind")
    def what(self, item: OperatorItem) -> str:
        """Write the kind."""
        return label(item.kind)

    @admin.display(description="About")
    def about_shown(self, item: OperatorItem) -> SafeString | str:
        """Write what it is about."""
        return code(item.about)

    @admin.display(description="Payment")
    def payment_link(self, item: OperatorItem) -> SafeString:
        """Link to the payment."""
        return link_to(item.payment, item.payment.shop_transaction_id if item.payment else "")

    @admin.display(description="Evidence")
    def evidence_view(self, item: OperatorItem) -> SafeString | str:
        """Show the evidence."""
        return block(pretty(item.evidence))
