"""Feed a state the event of its time limit. Time decides what happens next, and never what happened to money."""

import uuid

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import HubError
from payments import locks
from payments.domain.attempt import AttemptState, ItemKind
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import Attempt, Payment, Source
from payments.saga import loader
from payments.saga.change import Change
from payments.saga.commands import goes_outside
from payments.verdicts.apply import Told, apply

from .feed_event import FedEvent, UndecidedAttempt, feed


def due_timeouts(*, limit: int = 500) -> list[tuple[uuid.UUID, int]]:
    """List payments whose state's time is over, with the transition that entered the state; the oldest first."""
    over = Payment.objects.filter(state_times_out_at__lte=clock.now()).order_by("state_times_out_at")
    return list(over.values_list("pk", "state_number")[:limit])


def time_out(payment_id: uuid.UUID, number: int) -> FedEvent | None:
    """Feed the time limit's event, if the payment is still in the state that this transition entered.

    Where it would end the payment while an operation is not decided, the expiry service ends it instead: it asks the PSP
    first. Where that operation went to an outside channel there is nobody to ask: it is in doubt from then on, and put
    before an operator, as is what may not be fed at all.
    """
    payment = Payment.objects.get(pk=payment_id)
    over = payment.state_times_out_at
    if payment.state_number != number or over is None or over > clock.now():
        return None
    limit = loader.machine(payment.machine, payment.machine_version).state(payment.state).timeout
    if limit is None:
        return None

    def disarm(fed: FedEvent) -> None:
        # Where the event led back into the same state: once is enough.
        Payment.objects.filter(pk=payment_id, state_number=number).update(state_times_out_at=None)

    try:
        return feed(
            payment_id,
            limit.event,
            source=Source.STEP,
            evidence=f"timeout:{payment.state}",
            at_number=number,
            by_time=True,
            then=disarm,
        )
    except UndecidedAttempt as refused:
        if goes_outside(payment):
            _doubt(payment_id)
            _ask_operator(payment_id, number, limit.event, refused)
        else:
            _leave_to_expiry(payment_id, number)
        return None
    except HubError as refused:
        _ask_operator(payment_id, number, limit.event, refused)
        return None


def _leave_to_expiry(payment_id: uuid.UUID, number: int) -> None:
    """Let the payment expire now: its PSP is asked, an open session is closed there, and only then it ends."""
    with db.durable():
        payment = locks.payment(payment_id)
        if payment.state_number != number:
            return
        now = clock.now()
        payment.expires_at = min(payment.expires_at or now, now)
        payment.state_times_out_at = None
        Change(payment, source=Source.STEP).save()


def _doubt(payment_id: uuid.UUID) -> None:
    """Say of operations that an outside service was told to carry out, and has not told of, that nobody knows."""
    silent = Attempt.objects.filter(payment_id=payment_id, state=AttemptState.OPEN, lease_until=None)
    for attempt_id in list(silent.values_list("pk", flat=True)):
        news = NoAnswer(Trouble.UNKNOWN, "no_news")
        apply(payment_id=payment_id, attempt_id=attempt_id, news=news, told=Told(Source.STEP, "timeout"))


def _ask_operator(payment_id: uuid.UUID, number: int, event: str, refused: HubError) -> None:
    with db.durable():
        payment = locks.payment(payment_id)
        if payment.state_number != number:
            return
        payment.state_times_out_at = None
        change = Change(payment, source=Source.STEP)
        change.ask_operator(
            ItemKind.STEP_FAILED,
            about=f"{payment.public_id}:timeout",
            next_step="The time limit of this state could not be acted upon. See why, then capture, cancel or refund by "
            "hand, and correct the machine's timeout.",
            evidence={"state": payment.state, "event": event, "why": refused.message},
        )
        change.save()
