"""Events that must leave the hub: written in the transaction of the change that they tell of, sent after it."""

from typing import Any

from paymenthub.kernel import clock

from .models import OutboxEvent, Payment


def event(payment: Payment, *, type: str, body: dict[str, Any]) -> OutboxEvent:
    """Make the next event of a payment; the caller holds the payment's lock and saves both rows."""
    payment.sequence += 1
    return OutboxEvent(
        project_id=payment.project_id,
        payment=payment,
        mode=payment.mode,
        sequence=payment.sequence,
        type=type,
        body=body,
        created_at=clock.now(),
    )
