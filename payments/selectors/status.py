"""The payment status object: what status, check and callbacks say of a payment."""

from enum import StrEnum
from typing import Any

from payments.models import Payment


class Status(StrEnum):
    """The three words of the published API."""

    ACCEPTED = "ACCEPTED"
    FAILED = "FAILED"
    PENDING = "PENDING"


def status_of(payment: Payment) -> Status:
    """Tell a payment's status from its amounts and its claim, never from a state's name.

    Captured (also when refunded or charged back later) is ACCEPTED; so is a payment of 0 that a subscription began with;
    ended without a capture is FAILED; all else, authorised and in doubt too, is PENDING.
    """
    if payment.captured > 0 or payment.was_free:
        return Status.ACCEPTED
    if payment.claimed_shop_transaction_id is None:
        return Status.FAILED
    return Status.PENDING


def status_object(payment: Payment, *, action: str = "PAYMENT", **metadata: Any) -> dict[str, Any]:
    """Make the JSON object. `metadata` is added to what it always holds; amounts are minor units."""
    more: dict[str, Any] = {
        "hubPaymentId": payment.public_id,
        "state": payment.state,
        "amount": payment.amount,
        "currency": payment.currency,
        "capturedAmount": payment.captured,
        "totalRefundedAmount": payment.refunded_by_us + payment.refunded_elsewhere,
    }
    if payment.authorized > 0 and payment.captured == 0 and payment.claimed_shop_transaction_id is not None:
        more["authorized"] = True
    return {
        "status": status_of(payment).value,
        "paymentId": payment.wire_id,
        "shopTransactionId": payment.shop_transaction_id,
        "providerName": payment.provider,
        "paymentMethod": payment.method,
        "action": action,
        "metadata": more | metadata,
    }
