"""What a PSP's verdict means for the attempt that asked: the one table, as pure functions.

Facts first: the amounts that an effect names are recorded whatever the saga thinks of its event.
"""

from collections.abc import Callable

from providers.types import Outcome, Subject, Verdict

from .attempt import ENDED_WITHOUT_SUCCESS, AttemptKind, AttemptState, ItemKind, MovementKind
from .verdict import NOTHING, Asked, Effect

_REFUSED = (Outcome.DECLINED, Outcome.CANCELLED, Outcome.EXPIRED, Outcome.NOT_FOUND)
_WAITING = (Outcome.PENDING, Outcome.ACTION_REQUIRED)
_LET_GO = {
    Outcome.CANCELLED: ("paymentCancelled",),
    Outcome.EXPIRED: ("paymentExpired", "paymentCancelled"),
}


class WrongSubject(ValueError):
    """A verdict about one thing was given to an attempt at another."""


def effect_of(asked: Asked, verdict: Verdict) -> Effect:
    """Tell what a verdict means. Raises `WrongSubject`."""
    subjects, decide = _BY_KIND[asked.kind]
    if verdict.subject not in subjects:
        raise WrongSubject(f"a verdict about a {verdict.subject.value} says nothing of a {asked.kind.value} attempt")
    return decide(asked, verdict)


def _paying(asked: Asked, verdict: Verdict) -> Effect:
    taken = verdict.outcome is Outcome.SUCCEEDED
    held = verdict.outcome is Outcome.AUTHORIZED and asked.kind is AttemptKind.AUTHORIZE
    if taken or held:
        return _paid(asked, verdict, taken=taken)
    holds = asked.kind is AttemptKind.AUTHORIZE and asked.state is AttemptState.SUCCEEDED and asked.held > 0
    if holds and verdict.outcome in _LET_GO:
        # Let go at the PSP: by its own time limit, or in its dashboard.
        return Effect(None, _LET_GO[verdict.outcome], ((MovementKind.RELEASED, asked.held),))
    if asked.state is AttemptState.SUCCEEDED or asked.state in ENDED_WITHOUT_SUCCESS:
        return NOTHING  # a late lower state changes nothing
    match verdict.outcome:
        case Outcome.DECLINED | Outcome.CANCELLED:
            return Effect(AttemptState.DECLINED, ("paymentFailed",))
        case Outcome.EXPIRED:
            return Effect(AttemptState.DECLINED, ("paymentExpired", "paymentFailed"))
        case Outcome.NOT_FOUND:
            # The caller has waited the grace period. A payment that the PSP has named before is not unknown to it.
            pending = asked.state is AttemptState.PENDING
            return NOTHING if pending else Effect(AttemptState.NOT_SENT, ("paymentFailed",))
        case _:
            first = asked.state is not AttemptState.PENDING
            event = "linkCreated" if asked.kind is AttemptKind.LINK else "paymentScheduled"
            return Effect(AttemptState.PENDING, (event,) if first else ())


def _paid(asked: Asked, verdict: Verdict, *, taken: bool) -> Effect:
    if asked.state is AttemptState.SUCCEEDED:
        # Told already; what is captured of an authorisation later is told by captures.
        other = asked.kind is not AttemptKind.AUTHORIZE and verdict.money not in (None, asked.money)
        return _mismatch(asked) if other else NOTHING
    if verdict.money is not None and verdict.money != asked.money:
        return _mismatch(asked)
    movements: tuple[tuple[MovementKind, int], ...] = ((MovementKind.AUTHORIZED, asked.money.amount),)
    if taken:
        movements += ((MovementKind.CAPTURED, asked.money.amount),)
    late = asked.state in ENDED_WITHOUT_SUCCESS
    event = "paymentExecuted" if taken else "paymentAuthorized"
    return Effect(AttemptState.SUCCEEDED, (event,), movements, ItemKind.LATE_SUCCESS if late else None)


def _mismatch(asked: Asked) -> Effect:
    """Hold it: neither accepted nor failed, and asked about again until a person has looked."""
    unanswered = asked.state in (AttemptState.READY, AttemptState.OPEN)
    return Effect(AttemptState.UNKNOWN if unanswered else None, item=ItemKind.AMOUNT_MISMATCH)


def _capturing(asked: Asked, verdict: Verdict) -> Effect:
    if asked.state is AttemptState.SUCCEEDED:
        return NOTHING
    if verdict.outcome is Outcome.SUCCEEDED:
        if verdict.money is not None and verdict.money != asked.money:
            return _mismatch(asked)
        left = max(0, asked.held - asked.money.amount)
        movements: tuple[tuple[MovementKind, int], ...] = ((MovementKind.CAPTURED, asked.money.amount),)
        if asked.final and left:
            movements += ((MovementKind.RELEASED, left),)
        event = "paymentExecuted" if asked.final or not left else "partialCaptureExecuted"
        late = asked.state in ENDED_WITHOUT_SUCCESS
        return Effect(AttemptState.SUCCEEDED, (event,), movements, ItemKind.LATE_SUCCESS if late else None)
    return _unfinished(asked, verdict, pending="capturePending", failed="captureFailed")


def _cancelling(asked: Asked, verdict: Verdict) -> Effect:
    if asked.state is AttemptState.SUCCEEDED:
        return NOTHING
    gone = verdict.outcome in (Outcome.CANCELLED, Outcome.EXPIRED) or (
        verdict.subject is Subject.CANCEL and verdict.outcome is Outcome.SUCCEEDED
    )
    if gone:
        movements = ((MovementKind.RELEASED, asked.held),) if asked.held else ()
        return Effect(AttemptState.SUCCEEDED, _CANCELLED[asked.kind], movements)
    failed = "" if asked.kind in (AttemptKind.EXPIRE, AttemptKind.SWITCH) else "cancelFailed"
    if verdict.outcome in (Outcome.SUCCEEDED, Outcome.AUTHORIZED, Outcome.DECLINED) and _is_open(asked):
        return Effect(AttemptState.DECLINED, (failed,) if failed else ())
    return _unfinished(asked, verdict, pending="cancelPending" if failed else "", failed=failed)


_CANCELLED = {
    AttemptKind.CANCEL: ("paymentCancelled",),
    AttemptKind.CLOSE: ("paymentCancelled",),
    AttemptKind.EXPIRE: ("paymentExpired", "paymentFailed"),
    AttemptKind.SWITCH: (),  # the payment goes on with another method
}


def _refunding(asked: Asked, verdict: Verdict) -> Effect:
    amount = asked.money.amount
    if asked.state is AttemptState.SUCCEEDED:
        back = verdict.outcome in (Outcome.REVERSED, Outcome.DECLINED, Outcome.CANCELLED)
        if not back:
            return NOTHING
        # What the PSP took back after it had said yes may be refunded again.
        event = "totalRefundReversed" if asked.refunded <= amount else "refundReversed"
        return Effect(None, (event,), ((MovementKind.REFUND_REVERSED, amount),), ItemKind.REFUND_REVERSED)
    if verdict.outcome is Outcome.SUCCEEDED:
        if verdict.money is not None and verdict.money != asked.money:
            return _mismatch(asked)
        event = "totalRefundExecuted" if amount >= asked.kept and not asked.held else "partialRefundExecuted"
        late = asked.state in ENDED_WITHOUT_SUCCESS
        moved = ((MovementKind.REFUNDED, amount),)
        return Effect(AttemptState.SUCCEEDED, (event,), moved, ItemKind.LATE_SUCCESS if late else None)
    if verdict.outcome is Outcome.REVERSED and _is_open(asked):
        return Effect(AttemptState.DECLINED, ("refundFailed",))
    return _unfinished(asked, verdict, pending="refundPending", failed="refundFailed")


def _unfinished(asked: Asked, verdict: Verdict, *, pending: str, failed: str) -> Effect:
    """A definite no, or not yet."""
    if not _is_open(asked):
        return NOTHING
    if verdict.outcome in _REFUSED:
        return Effect(AttemptState.DECLINED, (failed,) if failed else ())
    first = verdict.outcome in _WAITING and asked.state is not AttemptState.PENDING
    return Effect(AttemptState.PENDING, (pending,) if first and pending else ())


def _is_open(asked: Asked) -> bool:
    return asked.state not in ENDED_WITHOUT_SUCCESS and asked.state is not AttemptState.SUCCEEDED


_BY_KIND: dict[AttemptKind, tuple[tuple[Subject, ...], Callable[[Asked, Verdict], Effect]]] = {
    AttemptKind.PAY: ((Subject.PAYMENT,), _paying),
    AttemptKind.AUTHORIZE: ((Subject.PAYMENT,), _paying),
    AttemptKind.SUBSCRIPTION_SCHEDULE: ((Subject.PAYMENT,), _paying),
    AttemptKind.SUBSCRIPTION_START: ((Subject.PAYMENT,), _paying),
    AttemptKind.SUBSCRIPTION_PAY: ((Subject.PAYMENT,), _paying),
    AttemptKind.LINK: ((Subject.PAYMENT,), _paying),
    AttemptKind.CAPTURE: ((Subject.CAPTURE,), _capturing),
    AttemptKind.CANCEL: ((Subject.CANCEL, Subject.PAYMENT), _cancelling),
    AttemptKind.CLOSE: ((Subject.CANCEL, Subject.PAYMENT), _cancelling),
    AttemptKind.EXPIRE: ((Subject.CANCEL, Subject.PAYMENT), _cancelling),
    AttemptKind.SWITCH: ((Subject.CANCEL, Subject.PAYMENT), _cancelling),
    AttemptKind.REFUND: ((Subject.REFUND,), _refunding),
}
