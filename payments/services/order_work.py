"""Carry out what an order needs: charge, capture, or give back what came for a cancelled one.

Rows say what is to be done; any number of workers may do it. The services below do each thing once, under the payment's
lock; this only decides what to ask of them, and looks again afterwards.
"""

import logging
import uuid
from collections.abc import Callable

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import (
    Busy,
    HubError,
    OperationInProgress,
    PreconditionFailed,
    ProviderUnavailable,
    WrongState,
)
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts import provider_data
from payments.attempts.run import LeaseLost
from payments.domain.attempt import UNDECIDED, ItemKind
from payments.domain.order_words import FailureReason, OrderStatus
from payments.models import OperatorItem, OrderIntent, Payment, Source
from payments.saga import advance as saga
from payments.saga.change import Change

from . import bus_events
from .cancel import cancel
from .capture import CaptureCommand, capture
from .charge_order import charge_order
from .order_needs import REFUND_BATCH, Need, need_of
from .order_watch import pause, release_claims
from .ordering import By
from .refund import RefundCommand, refund
from .results import OperationResult, Result

logger = logging.getLogger(__name__)

_NOT_NOW = (Busy, LeaseLost, OperationInProgress, PreconditionFailed, ProviderUnavailable, WrongState)
"""What somebody else's work, or a PSP that is away, makes of a try: it is looked at again."""

_TRIES_BEFORE_OPERATOR = 10
_EVIDENCE = "order"


def work(intent_id: uuid.UUID) -> Need:
    """Do what the order needs now, and say when it is looked at again; return what it was."""
    intent = OrderIntent.objects.select_related("payment__provider_account", "project").get(pk=intent_id)
    need = need_of(intent)
    problem = ""
    try:
        problem = _STEPS[need](intent) if need in _STEPS else ""
    except _NOT_NOW as error:
        logger.info("an order's work waits", extra={"need": need.value, "cause": type(error).__name__})
    except HubError as error:
        problem = error.message
    _settle(intent_id, need, problem)
    return need


def _charge(intent: OrderIntent) -> str:
    data = provider_data.take(intent.id)
    if data is None:
        # It lives for ten minutes. Nothing was sent, and without it nothing can be.
        return _end_unsent(intent) if intent.payment else _give_up(intent, "The token is no longer kept.")
    try:
        outcome = charge_order(
            intent, provider=intent.provider, method=intent.method, provider_data=data, evidence=f"{_EVIDENCE}:charge"
        )
    except _NOT_NOW:
        raise
    except HubError as error:
        return _give_up(intent, error.message)
    if outcome.attempt is not None:  # else a step comes first, and the charge after it needs the token
        provider_data.erase(intent.id)
    return ""


def _give_up(intent: OrderIntent, detail: str = "") -> str:
    """End an intent whose payment never began."""
    with db.durable():
        locked = locks.order_intent(intent.id)
        if locked.payment_id is None and locked.status == OrderStatus.REQUESTED:
            over = locked.cancel_reason or detail or "The time to pay is over."
            locked.status, locked.failure = OrderStatus.FAILED, FailureReason.PROCESSING_ERROR
            locked.failure_detail = over[:255]
            release_claims(locked)
            locked.save()
            bus_events.tell(
                locked,
                bus_events.requested(locked),
                bus_events.failed(locked, FailureReason.PROCESSING_ERROR, locked.failure_detail),
            )
    provider_data.erase(intent.id)
    return ""


def _end_unsent(intent: OrderIntent) -> str:
    """End a payment of which surely nothing was sent."""
    with db.durable():
        payment = locks.payment(intent.id)
        waits = payment.attempts.filter(state__in=UNDECIDED).exists()
        if waits or payment.captured or payment.authorized or payment.claimed_shop_transaction_id is None:
            return ""
        change = Change(payment, source=Source.SYSTEM, evidence=f"{_EVIDENCE}:unsent")
        saga.advance(change, ["paymentExpired", "paymentFailed"])
        change.save()
    return ""


def _close(intent: OrderIntent) -> str:
    """Close the customer's session. One that the PSP would not close was most likely paid a moment ago: it was asked."""
    cancel(_payment_of(intent), _by(intent))
    return ""


def _void(intent: OrderIntent) -> str:
    return _refusal(cancel(_payment_of(intent), _by(intent)), "The hold could not be released")


def _refund(intent: OrderIntent) -> str:
    payment = _payment_of(intent)
    command = RefundCommand(
        payment,
        Money(payment.refundable, payment.currency),
        reason="order_cancelled",
        note=intent.cancel_reason,
        expected_refundable=payment.refundable,
        batch_id=REFUND_BATCH,
    )
    return _refusal(refund(command, _by(intent)), "The refund was refused")


def _capture(intent: OrderIntent) -> str:
    return _refusal(capture(CaptureCommand(_payment_of(intent)), _by(intent)), "The capture was refused")


_STEPS: dict[Need, Callable[[OrderIntent], str]] = {
    Need.CHARGE: _charge,
    Need.GIVE_UP: _give_up,
    Need.END_UNSENT: _end_unsent,
    Need.CLOSE: _close,
    Need.VOID: _void,
    Need.REFUND: _refund,
    Need.CAPTURE: _capture,
}


def _payment_of(intent: OrderIntent) -> Payment:
    assert intent.payment is not None, "no money moves without a payment"  # noqa: S101 - by construction; for the type checker
    return intent.payment


def _by(intent: OrderIntent) -> By:
    why = f"cancelled:{intent.cancel_reason}" if intent.cancelled_at else "captured"
    return By(source=Source.SYSTEM, evidence=f"{_EVIDENCE}:{why}"[:255])


def _refusal(outcome: OperationResult, what: str) -> str:
    return f"{what}. {outcome.description}" if outcome.result is Result.KO else ""


def _settle(intent_id: uuid.UUID, did: Need, problem: str) -> None:
    """Look once more, under both locks, and say when the order's work goes on; a problem is put before a person.

    The locks keep a change of the payment from slipping in between this look and what it writes.
    """
    with db.durable():
        if OrderIntent.objects.filter(pk=intent_id, payment__isnull=False).exists():
            locks.payment(intent_id)
        intent = locks.order_intent(intent_id)
        need = need_of(intent)
        if need is Need.WAIT and intent.payment_id is None:
            intent.work_due_at = intent.expires_at  # nobody but the customer, or the clock, can go on
        elif need is Need.NOTHING or (problem and need is did):
            intent.work_due_at, intent.work_tries = None, 0
        else:
            intent.work_tries += 1
            intent.work_due_at = clock.now() + pause(intent.work_tries if need is did or need is Need.WAIT else 0)
            if intent.work_tries == _TRIES_BEFORE_OPERATOR:
                problem = f"{_TRIES_BEFORE_OPERATOR} tries, and it is not done."
        intent.save(update_fields=["work_due_at", "work_tries"])
        if problem:
            ask_operator(intent, did if need is Need.NOTHING else need, problem)


def ask_operator(intent: OrderIntent, need: Need | str, problem: str) -> None:
    """Put an order before a person, once while it is open."""
    item = OperatorItem(
        project_id=intent.project_id,
        payment_id=intent.payment_id,
        kind=ItemKind.ORDER_NOT_FOLLOWED,
        about=f"order:{intent.order_id}:{need}",
        next_step="Do by hand what the order needs, at the payment or at the provider.",
        evidence={"orderId": str(intent.order_id), "needs": str(need), "problem": problem[:400]},
    )
    OperatorItem.objects.bulk_create([item], ignore_conflicts=True)  # open once, by its unique constraint
