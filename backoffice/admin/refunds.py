"""Refunds that were asked for through this hub."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.actions.result import reason_words
from backoffice.display import block, code, pretty, when
from backoffice.links import link_to
from payments.models import PspReference, Refund
from payments.selectors.explain import amount

from ._read_only import ReadOnlyAdmin


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Refunds. They are asked for on their payment's page."""

    list_display = ("created", "money", "state", "why", "payment_link", "actor", "project")
    list_filter = ("state", ("created_at", admin.DateFieldListFilter), "project")
    list_select_related = ("payment", "project")
    fields = (
        "public",
        "payment_link",
        "money",
        "state",
        "why",
        "note",
        "actor",
        "over_chargeback",
        "failure",
        "batch_id",
        "created",
        "when_decided",
        "psp_ids",
    )

    def title_of(self, row: Refund) -> str:
        """Name it by its amount and payment."""
        return _("Refund of %(amount)s for %(payment)s") % {
            "amount": amount(row.amount, row.currency),
            "payment": row.payment.shop_transaction_id,
        }

    @admin.display(description=_("Refund"))
    def public(self, refund: Refund) -> SafeString | str:
        """Write its id."""
        return code(refund.public_id)

    @admin.display(description=_("Payment"))
    def payment_link(self, refund: Refund) -> SafeString:
        """Link to the payment."""
        return link_to(refund.payment, refund.payment.shop_transaction_id)

    @admin.display(description=_("Amount"))
    def money(self, refund: Refund) -> SafeString:
        """Write the amount."""
        return format_html('<span class="hub-nowrap">{}</span>', amount(refund.amount, refund.currency))

    @admin.display(description=_("Reason"))
    def why(self, refund: Refund) -> str:
        """Write the reason."""
        return reason_words(refund.reason) or "—"

    @admin.display(description=_("Decided (UTC)"))
    def when_decided(self, refund: Refund) -> SafeString | str:
        """Write when the provider decided."""
        return when(refund.decided_at)

    @admin.display(description=_("The PSP's ids"))
    def psp_ids(self, refund: Refund) -> SafeString | str:
        """List what the PSP calls it."""
        found = PspReference.objects.filter(attempt__refund=refund).order_by("id")
        return block(pretty({row.kind: row.value for row in found}))
