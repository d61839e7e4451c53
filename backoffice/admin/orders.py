"""Orders of the order system: what was asked to be paid, how it stands, and every message about it."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.display import block, code, label, pretty, when
from backoffice.links import link_to
from paymenthub.kernel.money import Money
from payments.models import BusMessage, OrderIntent

from ._read_only import ReadOnlyAdmin

_MESSAGES = 100  # of one order, the newest


@admin.register(OrderIntent)
class OrderIntentAdmin(ReadOnlyAdmin):
    """Orders."""

    personal_data = True
    list_display = ("created", "order_shown", "status", "amount_shown", "payment_link", "why", "project", "mode")
    list_filter = ("status", ("created_at", admin.DateFieldListFilter), "project", "mode")
    list_select_related = ("payment", "project")
    fields = (
        "status",
        "why",
        "amount_shown",
        "payment_link",
        "order_shown",
        "linked_shown",
        "cart_shown",
        "customer_shown",
        "project",
        "mode",
        "provider",
        "method",
        "has_token",
        "fraud_shown",
        "created",
        "expires",
        "capture_wanted",
        "cancelled",
        "cancel_reason",
        "next_work",
        "work_tries",
        "received_view",
        "told_view",
    )

    @admin.display(description=_("Order"))
    def order_shown(self, intent: OrderIntent) -> SafeString | str:
        """Write the order's id."""
        return code(str(intent.order_id))

    @admin.display(description=_("Linked order"))
    def linked_shown(self, intent: OrderIntent) -> SafeString | str:
        """Write the order system's own id."""
        return code(str(intent.linked_order_id or "")) or "—"

    @admin.display(description=_("Cart"))
    def cart_shown(self, intent: OrderIntent) -> SafeString | str:
        """Write the cart's id."""
        return code(str(intent.cart_id))

    @admin.display(description=_("Customer"))
    def customer_shown(self, intent: OrderIntent) -> SafeString | str:
        """Write the customer's id."""
        return code(str(intent.customer_id or ""))

    @admin.display(description=_("Amount"))
    def amount_shown(self, intent: OrderIntent) -> str:
        """Write what is to be paid."""
        return str(Money(intent.amount, intent.currency))

    @admin.display(description=_("Payment"))
    def payment_link(self, intent: OrderIntent) -> SafeString:
        """Link to the payment, which may begin later, or never."""
        return link_to(intent.payment, intent.payment.shop_transaction_id if intent.payment else "")

    @admin.display(description=_("Why"))
    def why(self, intent: OrderIntent) -> str:
        """Say why it failed, or was cancelled."""
        reason = intent.failure_detail or label(intent.failure)
        return reason if intent.failure else label(intent.cancel_reason)

    @admin.display(description=_("Fraud check"))
    def fraud_shown(self, intent: OrderIntent) -> str:
        """Write what the fraud check said last."""
        return label(intent.fraud)

    @admin.display(description=_("Expires (UTC)"))
    def expires(self, intent: OrderIntent) -> SafeString | str:
        """Write until when it may be paid."""
        return when(intent.expires_at)

    @admin.display(description=_("Capture wanted (UTC)"))
    def capture_wanted(self, intent: OrderIntent) -> SafeString | str:
        """Write when the order system asked to take the money."""
        return when(intent.capture_wanted_at)

    @admin.display(description=_("Cancelled (UTC)"))
    def cancelled(self, intent: OrderIntent) -> SafeString | str:
        """Write when it was cancelled."""
        return when(intent.cancelled_at)

    @admin.display(description=_("Next work (UTC)"))
    def next_work(self, intent: OrderIntent) -> SafeString | str:
        """Write when a worker looks at it next."""
        return when(intent.work_due_at)

    @admin.display(description=_("Messages taken from the bus"))
    def received_view(self, intent: OrderIntent) -> SafeString | str:
        """Show what came about it, and what became of it; the newest first."""
        rows = intent.receipts.order_by("-id")[:_MESSAGES]
        return block(pretty([_told(row.created_at, row.type, row.data) | {"became": row.outcome} for row in rows]))

    @admin.display(description=_("Messages for the bus"))
    def told_view(self, intent: OrderIntent) -> SafeString | str:
        """Show what the order system is told; the newest first. Those without a time of publishing still wait."""
        rows = BusMessage.objects.filter(subject=intent.pk).order_by("-number")[:_MESSAGES]
        told = [_told(row.created_at, row.type, row.data) | {"published": _text(row.published_at)} for row in rows]
        return block(pretty(told))


def _told(at: object, kind: str, data: object) -> dict[str, object]:
    return {"at": _text(at), "type": kind, "data": data}


def _text(at: object) -> str | None:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else None
