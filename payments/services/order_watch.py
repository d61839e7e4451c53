"""Keep an order's intent in step with its payment, inside the transaction of every change to the payment."""

import datetime as dt

from paymenthub.kernel import clock
from paymenthub.kernel.errors import WrongState
from payments import locks
from payments.domain.attempt import ENDED_WITHOUT_SUCCESS, MovementKind
from payments.domain.order_words import OrderStatus, failure_reason
from payments.models import OrderIntent
from payments.saga.change import Change

_PAID = (MovementKind.AUTHORIZED, MovementKind.CAPTURED)
_LONGEST_PAUSE = 3600.0


def observe_change(change: Change) -> None:
    """Note the outcome, and wake the order's work where a fact has changed that it may wait for.

    Under the intent's lock: a cancellation that comes at this moment either sees this change, or is seen by it. Refuses
    to begin a payment whose order was cancelled (WrongState, which undoes the change before anything is sent).
    """
    payment = change.payment
    if not payment.of_order:
        return
    intent = locks.order_intent(payment.id)
    if change.is_new:
        if intent.cancelled_at is not None or intent.status != OrderStatus.REQUESTED:
            raise WrongState("This order was cancelled, or its time to pay is over.", param="orderId")
        intent.payment = payment
    _note_outcome(intent, change)
    if change.movements or change.changed_attempts:
        _wake(intent, at_once=bool(change.movements))
    intent.save()


def _note_outcome(intent: OrderIntent, change: Change) -> None:
    payment = change.payment
    if any(movement.kind in _PAID for movement in change.movements):
        intent.status, intent.failure, intent.failure_detail = OrderStatus.SUCCEEDED, "", ""
    if payment.claimed_shop_transaction_id is not None:
        return
    release_claims(intent)
    if intent.status == OrderStatus.REQUESTED:
        ended = [attempt for attempt in change.changed_attempts if attempt.state in ENDED_WITHOUT_SUCCESS]
        intent.status = OrderStatus.FAILED
        intent.failure = failure_reason(ended[-1].decline_reason if ended else "")


def release_claims(intent: OrderIntent) -> None:
    """Let the cart, and the order unless it was cancelled, be authorised anew; the caller saves."""
    intent.claimed_cart_id = None
    if intent.cancelled_at is None:
        intent.claimed_order_id = None


def _wake(intent: OrderIntent, *, at_once: bool) -> None:
    if intent.cancelled_at is None and intent.capture_wanted_at is None:
        return
    if at_once:
        intent.work_tries = 0
    intent.work_due_at = clock.now() + pause(intent.work_tries)


def pause(tries: int) -> dt.timedelta:
    """Say how long to wait after so many tries: not at first, then longer and longer, up to an hour."""
    return dt.timedelta(seconds=0 if tries == 0 else min(_LONGEST_PAUSE, 2.0 ** min(tries, 12)))
