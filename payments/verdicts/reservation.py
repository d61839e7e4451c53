"""The reservation of a refund: made when it is asked for, gone only on a definite yes or no."""

from paymenthub.kernel import clock
from payments.domain.attempt import ENDED_WITHOUT_SUCCESS, AttemptState, MovementKind, RefundState
from payments.domain.verdict import Effect
from payments.models import Attempt
from payments.saga.change import Change


def settle(change: Change, attempt: Attempt, effect: Effect) -> None:
    """Bring the refund row and the payment's reserve into line with what is about to be recorded.

    The reserve is given up before the movement is added, so that the database's bound on both together holds. A refund
    that succeeds after it had counted as failed has no reserve any more: what no longer fits under the captured amount
    cannot be booked as one of ours and is counted as refunded elsewhere, where facts always fit.
    """
    refund = attempt.refund
    assert refund is not None, "a refund attempt belongs to a refund"  # noqa: S101 - by construction; for the type checker
    payment = change.payment
    kinds = {kind for kind, _ in effect.movements}
    was_open = refund.state == RefundState.OPEN
    if MovementKind.REFUND_REVERSED in kinds:
        refund.state = RefundState.REVERSED
    elif effect.state is AttemptState.SUCCEEDED:
        refund.state = RefundState.SUCCEEDED
    elif effect.state in ENDED_WITHOUT_SUCCESS:
        refund.state = RefundState.FAILED
        refund.failure = attempt.decline_reason or attempt.state.lower()
    else:
        return
    if was_open:
        payment.refund_reserved -= refund.amount
    refund.decided_at = clock.now()
    change.changed_refunds.append(refund)


def fits(change: Change, amount: int) -> bool:
    """Tell whether an amount can be booked as refunded by us."""
    payment = change.payment
    return payment.refunded_by_us + payment.refund_reserved + amount <= payment.captured
