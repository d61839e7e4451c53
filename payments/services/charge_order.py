"""Charge an order: begin the payment of an intent, once."""

from collections.abc import Mapping
from typing import Any

from paymenthub.kernel.errors import DuplicateTransaction
from paymenthub.kernel.money import Money
from payments.models import CaptureMode, OrderIntent

from .authorize_order import capture_mode
from .pay import PayCommand, pay
from .results import PayOutcome


def charge_order(
    intent: OrderIntent, *, provider: str, method: str, provider_data: Mapping[str, Any], evidence: str
) -> PayOutcome:
    """Begin the payment, or return how it stands where it has begun; raises as `pay`.

    It takes the intent's id and the order's: neither can be taken twice. WrongState where the order was cancelled first.
    """
    payment = intent.payment
    outcome = pay(
        PayCommand(
            project=intent.project,
            mode=intent.mode,
            provider=payment.provider if payment else provider,
            method=payment.method if payment else method,
            money=Money(intent.amount, intent.currency),
            shop_transaction_id=str(intent.order_id),
            buyer={"id": str(intent.customer_id)} if intent.customer_id else {},
            provider_data=provider_data,
            capture_mode=CaptureMode(payment.capture_mode) if payment else capture_mode(),
            evidence=evidence,
            order_intent_id=intent.id,
        )
    )
    if outcome.payment.id != intent.id:
        raise DuplicateTransaction("A payment of another kind has this order's id.", param="orderId")
    return outcome
