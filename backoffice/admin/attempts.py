"""Attempts: every operation at a PSP, with what was said."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.display import block, code, label, pretty, when
from backoffice.links import link_to
from backoffice.payment_page import exchange_view
from backoffice.words import attempt_words
from payments.models import Attempt
from payments.selectors.explain import amount, provider_name

from ._read_only import ReadOnlyAdmin


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    """Attempts. The idempotency key is ours and no secret; redirect URLs let a stranger pay and are not shown."""

    list_display = ("when_made", "operation", "money", "standing", "provider", "payment_link", "elapsed_ms")
    linked_by = ("payment",)
    list_filter = ("state", "kind", ("created_at", admin.DateFieldListFilter))
    list_select_related = ("payment", "provider_account")
    fields = (
        "public",
        "payment_link",
        "operation",
        "money",
        "standing",
        "account",
        "decline",
        "idempotency_key",
        "when_made",
        "when_decided",
        "next_check",
        "checks",
        "elapsed_ms",
        "psp_ids",
        "exchanges_view",
    )

    def title_of(self, row: Attempt) -> str:
        """Name it by its kind and payment."""
        return _("%(kind)s attempt for %(payment)s") % {
            "kind": label(row.kind),
            "payment": row.payment.shop_transaction_id,
        }

    @admin.display(description=_("Attempt"))
    def public(self, attempt: Attempt) -> SafeString | str:
        """Write its id."""
        return code(attempt.public_id)

    @admin.display(description=_("Date (UTC)"), ordering="id")
    def when_made(self, attempt: Attempt) -> SafeString | str:
        """Write when it was written down."""
        return when(attempt.created_at)

    @admin.display(description=_("Decided (UTC)"))
    def when_decided(self, attempt: Attempt) -> SafeString | str:
        """Write when a verdict came."""
        return when(attempt.decided_at)

    @admin.display(description=_("Next check (UTC)"))
    def next_check(self, attempt: Attempt) -> SafeString | str:
        """Write when the PSP is asked next."""
        return when(attempt.next_check_at)

    @admin.display(description=_("Operation"), ordering="kind")
    def operation(self, attempt: Attempt) -> str:
        """Write what was asked."""
        return label(attempt.kind)

    @admin.display(description=_("Amount"))
    def money(self, attempt: Attempt) -> str:
        """Write the amount."""
        return amount(attempt.amount, attempt.currency)

    @admin.display(description=_("State"), ordering="state")
    def standing(self, attempt: Attempt) -> str:
        """Write the state with its meaning."""
        return f"{attempt.state}: {attempt_words(attempt.state)}"

    @admin.display(description=_("Provider"))
    def provider(self, attempt: Attempt) -> str:
        """Write the provider's name."""
        return provider_name(attempt.provider_account.provider)

    @admin.display(description=_("Provider account"))
    def account(self, attempt: Attempt) -> SafeString:
        """Link to the account."""
        return link_to(attempt.provider_account)

    @admin.display(description=_("Payment"))
    def payment_link(self, attempt: Attempt) -> SafeString:
        """Link to the payment."""
        return link_to(attempt.payment, attempt.payment.shop_transaction_id)

    @admin.display(description=_("Refusal"))
    def decline(self, attempt: Attempt) -> str:
        """Write the reason, the PSP's code and its words."""
        reason = label(attempt.decline_reason) if attempt.decline_reason else ""
        return ", ".join(filter(None, [reason, attempt.decline_code, attempt.decline_message])) or "—"

    @admin.display(description=_("The PSP's ids"))
    def psp_ids(self, attempt: Attempt) -> SafeString | str:
        """List what the PSP calls it."""
        return block(pretty({row.kind: row.value for row in attempt.references.order_by("id")}))

    @admin.display(description=_("Requests and answers"))
    def exchanges_view(self, attempt: Attempt) -> SafeString | str:
        """Show the recorded exchanges."""
        exchanges = [exchange_view(exchange) for exchange in attempt.exchanges]
        return render_to_string("backoffice/_exchanges.html", {"exchanges": exchanges}) if exchanges else "—"
