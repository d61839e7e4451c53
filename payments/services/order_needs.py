"""What an order needs next: the one table, read from the intent and its payment, both locked or just looked at."""

from enum import StrEnum

from django.conf import settings

from paymenthub.kernel import clock
from payments.domain.attempt import CLOSING, EXCLUSIVE, UNDECIDED, AttemptKind, AttemptState
from payments.domain.order_words import FraudVerdict, OrderStatus
from payments.models import OrderIntent, Payment
from providers import registry
from providers.types import Operation

from .cancel import nothing_waits, was_never_asked

REFUND_BATCH = "/order-cancelled"
"""Of the one refund that a cancelled order's payment gets: unique per payment, and no name that a bulk request may have."""

_PAYING = (AttemptKind.PAY, AttemptKind.AUTHORIZE)


class Need(StrEnum):
    """What to do next."""

    NOTHING = "nothing"
    WAIT = "wait"  # something is on its way; its outcome says what is next
    CHARGE = "charge"
    GIVE_UP = "give_up"  # nothing was begun, and nothing will be
    END_UNSENT = "end_unsent"  # surely nothing was sent, and nothing shall be
    CLOSE = "close"  # the customer's session at the PSP, or the step that comes before it
    VOID = "void"
    REFUND = "refund"
    CAPTURE = "capture"


def need_of(intent: OrderIntent) -> Need:
    """Tell what an order needs next."""
    if intent.cancelled_at is not None:
        return _unwinding(intent, intent.payment)
    return _going_on(intent, intent.payment)


def _unwinding(intent: OrderIntent, payment: Payment | None) -> Need:
    """A cancelled order's money goes back, whenever it comes."""
    if payment is None:
        return Need.GIVE_UP if intent.status == OrderStatus.REQUESTED else Need.NOTHING
    if _is_moving(payment):
        return Need.WAIT
    if payment.capturable > 0:
        return Need.VOID
    if payment.refundable > 0:
        # Once: one that was refused is for a person, and a further payment of the same order too.
        return Need.NOTHING if payment.refunds.filter(batch_id=REFUND_BATCH).exists() else Need.REFUND
    paying = payment.attempts.filter(kind__in=_PAYING).order_by("-created_at").first()
    if payment.claimed_shop_transaction_id is not None and nothing_waits(payment):
        return Need.CLOSE
    if was_never_asked(payment) or (paying is not None and paying.state == AttemptState.PENDING):
        # Where a session cannot be closed the cancellation is remembered, and a success goes back.
        can = {Operation.CANCEL, Operation.EXPIRE} & registry.get(payment.account.provider).operations
        return Need.CLOSE if can else Need.NOTHING
    if payment.claimed_shop_transaction_id is not None and paying is not None and paying.state == AttemptState.NOT_SENT:
        return Need.END_UNSENT
    return Need.NOTHING


def _going_on(intent: OrderIntent, payment: Payment | None) -> Need:
    if payment is None:
        if intent.status != OrderStatus.REQUESTED:
            return Need.NOTHING
        if intent.has_token:
            return Need.CHARGE
        over = intent.expires_at is not None and intent.expires_at <= clock.now()
        return Need.GIVE_UP if over else Need.WAIT
    if intent.status == OrderStatus.REQUESTED and intent.has_token:
        paying = payment.attempts.filter(kind__in=_PAYING).order_by("-created_at").first()
        if paying is not None and paying.state == AttemptState.NOT_SENT:
            return Need.CHARGE
    held_back = settings.ORDER_FRAUD_GATE and intent.fraud != FraudVerdict.PASSED
    if intent.capture_wanted_at is None or held_back or payment.capturable == 0:
        return Need.NOTHING
    return Need.WAIT if _is_moving(payment) else Need.CAPTURE


def _is_moving(payment: Payment) -> bool:
    """Whether something is on its way whose outcome nobody knows. A session that waits for its customer is not."""
    undecided = payment.attempts.filter(state__in=UNDECIDED)
    if undecided.filter(kind__in=CLOSING).exists():
        return True
    return any(
        attempt.state != AttemptState.PENDING or attempt.kind not in _PAYING
        for attempt in undecided.filter(kind__in=EXCLUSIVE)
    )
