"""Which saga events the outside world is told of, and by which name."""

from .events import canonical

CALLBACKS: dict[str, tuple[str, str]] = {
    "paymentExecuted": ("payment.captured", "PAYMENT"),
    "partialCaptureExecuted": ("payment.partially_captured", "PAYMENT"),
    "paymentAuthorized": ("payment.authorized", "PAYMENT"),
    "paymentFailed": ("payment.failed", "PAYMENT"),
    "paymentCancelled": ("payment.cancelled", "PAYMENT"),
    "paymentExpired": ("payment.expired", "PAYMENT"),
    "partialRefundExecuted": ("refund.succeeded", "REFUND"),
    "totalRefundExecuted": ("refund.succeeded", "REFUND"),
    "refundFailed": ("refund.failed", "REFUND"),
    "refundReversed": ("refund.reversed", "REFUND"),
    "totalRefundReversed": ("refund.reversed", "REFUND"),
    "chargebackOpened": ("payment.charged_back", "PAYMENT"),
    "chargebackWon": ("payment.chargeback_won", "PAYMENT"),
}
CHECKED = "payment.checked"
"""Sent when the order system asks for its callback again (`/check`)."""
ENDING = frozenset({"paymentFailed", "paymentCancelled", "paymentExpired"})
"""Events after which a payment no longer counts for its shop transaction id."""


def callback_for(event: str) -> tuple[str, str] | None:
    """Name the outgoing event type and the `action` of a saga event; None when nobody outside is told."""
    return CALLBACKS.get(canonical(event))


def ends(event: str) -> bool:
    """Tell whether an event ends a payment without money."""
    return canonical(event) in ENDING
