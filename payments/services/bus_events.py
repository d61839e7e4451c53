"""What the order system is told of payments and refunds: rows for the bus, in the transaction of the change.

Every payment is told of. Its order is its shop transaction id where that is a UUID, else a UUID made of it (version 5).
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from paymenthub.kernel import clock
from payments.domain.attempt import ENDED_WITHOUT_SUCCESS, MovementKind, RefundState
from payments.domain.order_words import FailureReason, failure_reason
from payments.models import BusMessage, OrderIntent, Payment, Refund
from payments.saga.change import Change

ORDER_NAMESPACE = uuid.UUID("5d1f6c1e-6e0b-5c56-9d0e-6a0f6b0f9b57")
"""Of the order ids that are made of shop transaction ids that are no UUIDs."""

_PAID = (MovementKind.AUTHORIZED, MovementKind.CAPTURED)


@dataclass(frozen=True, slots=True)
class News:
    """One message: `about` tells the refunds of one payment apart."""

    type: str
    data: dict[str, Any]
    about: str = ""

    @property
    def once_key(self) -> str:
        """Name what is told, so that it is told once."""
        return f"{self.type}:{self.about}" if self.about else self.type


def observe_change(change: Change) -> None:
    """Write what a change means for the order system; nothing while the bus is off."""
    if not settings.EVENT_BUS_ENABLED:
        return
    news = [*_of_payment(change), *_of_refunds(change)]
    if news:
        payment = change.payment
        _record(payment.project_id, payment.mode, payment.id, news)


def tell(intent: OrderIntent, *news: News) -> None:
    """Write messages about a locked or new order intent; those that were told before are left out."""
    if settings.EVENT_BUS_ENABLED:
        _record(intent.project_id, intent.mode, intent.id, news)


def order_id_of(shop_transaction_id: str) -> uuid.UUID:
    """Name the order of a payment."""
    try:
        return uuid.UUID(shop_transaction_id)
    except ValueError:
        return uuid.uuid5(ORDER_NAMESPACE, shop_transaction_id)


def requested(intent: OrderIntent) -> News:
    """Tell that a payment is asked for."""
    return _requested(intent.id, intent.order_id, intent.customer_id, intent.amount, intent.currency)


def succeeded(intent: OrderIntent) -> News:
    """Tell that there was nothing to pay."""
    return News(
        "payment-succeeded",
        {**_base(intent.id, intent.order_id, intent.amount, intent.currency), "succeededAt": _now()},
    )


def failed(intent: OrderIntent, reason: FailureReason, detail: str) -> News:
    """Tell that a payment will not be made."""
    return _failed(intent.id, intent.order_id, reason, detail)


def _of_payment(change: Change) -> Iterable[News]:
    payment = change.payment
    order_id = order_id_of(payment.shop_transaction_id)
    if change.is_new:
        yield _requested(payment.id, order_id, _uuid_or_none(payment.buyer.get("id")), payment.amount, payment.currency)
    if any(movement.kind in _PAID for movement in change.movements):
        data = {**_base(payment.id, order_id, payment.amount, payment.currency), "succeededAt": _now()}
        if payment.provider_payment_id:
            data["processorReference"] = payment.provider_payment_id
        yield News("payment-succeeded", data)
    elif payment.claimed_shop_transaction_id is None and payment.winning_attempt_id is None and change.transitions:
        ended = [attempt for attempt in change.changed_attempts if attempt.state in ENDED_WITHOUT_SUCCESS]
        reason = failure_reason(ended[-1].decline_reason) if ended else FailureReason.PROCESSING_ERROR
        yield _failed(payment.id, order_id, reason, "")


def _of_refunds(change: Change) -> Iterable[News]:
    payment = change.payment
    order_id = order_id_of(payment.shop_transaction_id)
    for refund in change.new_refunds:
        data = {**_of_refund(payment, refund.id, refund.amount), "orderId": str(order_id), "requestedAt": _now()}
        if refund.reason:
            data["reason"] = refund.reason
        yield News("refund-requested", data, refund.id.hex)
    for refund in change.changed_refunds:
        yield _outcome(payment, refund)
    for movement in change.movements:
        if movement.kind == MovementKind.REFUNDED_ELSEWHERE and movement.attempt_id is None:
            # Made at the provider: nobody here asked for it, and its movement is all that names it.
            data = {**_of_refund(payment, movement.id, -movement.amount), "processedAt": _now()}
            yield News("refund-processed", data, movement.id.hex)


def _outcome(payment: Payment, refund: Refund) -> News:
    data = _of_refund(payment, refund.id, refund.amount)
    if refund.state == RefundState.SUCCEEDED:
        return News("refund-processed", {**data, "processedAt": _now()}, refund.id.hex)
    reason = "REVERSED" if refund.state == RefundState.REVERSED else "DECLINED"
    return News("refund-failed", {**data, "reason": reason, "failedAt": _now()}, refund.id.hex)


def _requested(
    payment_id: uuid.UUID, order_id: uuid.UUID, customer_id: uuid.UUID | None, amount: int, currency: str
) -> News:
    data = {**_base(payment_id, order_id, amount, currency), "requestedAt": _now()}
    if customer_id is not None:
        data["customerId"] = str(customer_id)
    return News("payment-requested", data)


def _failed(payment_id: uuid.UUID, order_id: uuid.UUID, reason: FailureReason, detail: str) -> News:
    data: dict[str, Any] = {
        "paymentId": str(payment_id),
        "orderId": str(order_id),
        "reason": reason.value,
        "failedAt": _now(),
    }
    if detail:
        data["detail"] = detail
    return News("payment-failed", data)


def _base(payment_id: uuid.UUID, order_id: uuid.UUID, amount: int, currency: str) -> dict[str, Any]:
    return {"paymentId": str(payment_id), "orderId": str(order_id), "amount": amount, "currency": currency}


def _of_refund(payment: Payment, refund_id: uuid.UUID, amount: int) -> dict[str, Any]:
    return {"refundId": str(refund_id), "paymentId": str(payment.id), "amount": amount, "currency": payment.currency}


def _record(project_id: uuid.UUID, mode: str, subject: uuid.UUID, news: Iterable[News]) -> None:
    """Number and write the messages of one payment. The caller holds its lock, and its order intent's where it has one."""
    told = dict(BusMessage.objects.filter(subject=subject).values_list("once_key", "number"))
    number = max(told.values(), default=0)
    rows = []
    for each in news:
        if each.once_key in told:
            continue
        number += 1
        told[each.once_key] = number
        rows.append(
            BusMessage(
                project_id=project_id,
                mode=mode,
                subject=subject,
                number=number,
                once_key=each.once_key,
                type=each.type,
                data=each.data,
                next_try_at=clock.now(),
            )
        )
    BusMessage.objects.bulk_create(rows)


def _uuid_or_none(text: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text)) if text else None
    except ValueError:
        return None


def _now() -> str:
    return written(clock.now())


def written(moment: datetime) -> str:
    """Write a time as events have it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
