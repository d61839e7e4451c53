"""What the order system and the fraud check say of an order, taken in under the order intent's lock.

It only notes what is to be done: the intent's work carries it out, so that news costs no call to a provider.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Q

from paymenthub.kernel import clock, ids
from payments import locks
from payments.domain.order_words import FailureReason, FraudVerdict, OrderStatus
from payments.models import OrderIntent

from . import bus_events
from .order_work import ask_operator

CAPTURES = {"order-created": "created", "order-confirmed": "confirmed", "order-completed": "completed"}
"""The news upon which money may be taken, by the words of ORDER_CAPTURE_ON."""

TYPES = (*CAPTURES, "order-cancelled", "fraud-check-passed", "fraud-check-failed")


def find_intent(*, project_id: uuid.UUID, mode: str, data: Mapping[str, Any]) -> OrderIntent | None:
    """Find the order that a message is about: by its orderId, else by the payment that it names."""
    intents = OrderIntent.objects.filter(project_id=project_id, mode=mode)
    order_id = order_of(data)
    if order_id is not None:
        by_order = intents.filter(Q(order_id=order_id) | Q(linked_order_id=order_id)).order_by("-created_at").first()
        if by_order is not None:
            return by_order
    named = data.get("paymentAuthorizationId") or data.get("paymentId")
    payment_id = ids.parse_public_id(ids.PAYMENT, named)
    return intents.filter(pk=payment_id).first() if payment_id is not None else None


def order_of(data: Mapping[str, Any]) -> uuid.UUID | None:
    """Read a message's orderId; None where it has none."""
    return uuid.UUID(data["orderId"]) if "orderId" in data else None


def take_in(intent_id: uuid.UUID, *, type: str, data: Mapping[str, Any]) -> str:
    """Note what a message says of an order and return what came of it; the caller's transaction makes it last."""
    intent = locks.order_intent(intent_id)
    order_id = order_of(data)
    other = order_id not in (None, intent.order_id) and intent.linked_order_id is None
    if other and data.get("paymentAuthorizationId"):
        intent.linked_order_id = order_id  # later messages name the order only
    outcome = _EFFECTS[type](intent, type, data)
    intent.save()
    return outcome


def _captures(intent: OrderIntent, type: str, data: Mapping[str, Any]) -> str:
    if CAPTURES[type] != settings.ORDER_CAPTURE_ON:
        return f"Money is taken on {settings.ORDER_CAPTURE_ON}, not on this."
    if intent.cancelled_at is not None:
        return "The order was cancelled before."
    if intent.capture_wanted_at is not None:
        return "It is captured, or about to be."
    if "total" in data and (data["total"], data["currency"]) != (intent.amount, intent.currency):
        said = f"{data['total']} {data['currency']}"
        ask_operator(intent, "capture", f"{type} says {said}, authorised are {intent.amount} {intent.currency}.")
        return f"Not captured: the order says {said}."
    intent.capture_wanted_at = clock.now()
    _wake(intent)
    return "To be captured."


def _cancelled(intent: OrderIntent, type: str, data: Mapping[str, Any]) -> str:
    return _cancel(intent, str(data["reason"]))


def _passed(intent: OrderIntent, type: str, data: Mapping[str, Any]) -> str:
    if intent.fraud == FraudVerdict.FAILED:
        return "The check had failed before."
    intent.fraud = FraudVerdict.PASSED
    if intent.capture_wanted_at is not None:
        _wake(intent)
    return "Passed."


def _failed(intent: OrderIntent, type: str, data: Mapping[str, Any]) -> str:
    intent.fraud = FraudVerdict.FAILED
    if not settings.ORDER_FRAUD_GATE:
        return "Noted: ORDER_FRAUD_GATE is off."
    why = f"FRAUD_{data['reason']}"
    outcome = _cancel(intent, why)
    if intent.status == OrderStatus.SUCCEEDED and intent.amount > 0:
        # The catalog has no message for a hold that is given up: this one makes the order system cancel the order.
        bus_events.tell(intent, bus_events.failed(intent, FailureReason.PROCESSING_ERROR, why))
    return outcome


def _cancel(intent: OrderIntent, reason: str) -> str:
    if intent.cancelled_at is not None:
        return "The order was cancelled before."
    intent.cancelled_at, intent.cancel_reason = clock.now(), reason[:64]
    intent.claimed_cart_id = None
    _wake(intent)
    return f"Cancelled: {reason}."


def _wake(intent: OrderIntent) -> None:
    intent.work_due_at, intent.work_tries = clock.now(), 0


_EFFECTS: dict[str, Callable[[OrderIntent, str, Mapping[str, Any]], str]] = {
    **dict.fromkeys(CAPTURES, _captures),
    "order-cancelled": _cancelled,
    "fraud-check-passed": _passed,
    "fraud-check-failed": _failed,
}
