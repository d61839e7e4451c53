"""What a PSP's news means for an attempt: the one table, as a pure function.

Facts first: the amounts that an effect names are recorded whatever the saga thinks of its event.
"""

from dataclasses import dataclass
from enum import StrEnum

from paymenthub.kernel.money import Money
from providers.types import DeclineReason, Outcome, Subject, Verdict

from .attempt import ENDED_WITHOUT_SUCCESS, AttemptKind, AttemptState, ItemKind, MovementKind


class Trouble(StrEnum):
    """Why there is no verdict."""

    NOT_SENT = "not_sent"  # surely not processed
    UNKNOWN = "unknown"  # sent, no usable answer
    REJECTED = "rejected"  # understood and refused as wrong; nothing happened
    CREDENTIALS = "credentials"  # refused for wrong credentials; nothing happened


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A call that brought no verdict."""

    trouble: Trouble
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What to do: the attempt's new state (None: as it is), the saga's event (the first that the machine has a way
    for), the amounts that moved, and what a person must look at."""

    state: AttemptState | None = None
    events: tuple[str, ...] = ()
    movements: tuple[tuple[MovementKind, int], ...] = ()
    item: ItemKind | None = None


NOTHING = Effect()
_TROUBLE = {
    Trouble.NOT_SENT: Effect(AttemptState.NOT_SENT),
    Trouble.UNKNOWN: Effect(AttemptState.UNKNOWN),
    Trouble.REJECTED: Effect(AttemptState.REJECTED, ("paymentFailed",), item=ItemKind.REJECTED),
    Trouble.CREDENTIALS: Effect(AttemptState.REJECTED, ("paymentFailed",), item=ItemKind.CREDENTIALS),
}


def effect_of_no_answer(state: AttemptState, answer: NoAnswer) -> Effect:
    """Tell what a call without a verdict means; nothing where somebody else already brought one."""
    if state in (AttemptState.READY, AttemptState.OPEN):
        return _TROUBLE[answer.trouble]
    return NOTHING


def effect_of(kind: AttemptKind, state: AttemptState, asked: Money, verdict: Verdict) -> Effect:
    """Tell what a verdict about a payment means for the pay or authorise attempt that asked for `asked`."""
    if verdict.subject is not Subject.PAYMENT or kind not in (AttemptKind.PAY, AttemptKind.AUTHORIZE):
        raise ValueError(f"a verdict about a {verdict.subject} says nothing of a {kind} attempt")
    taken = verdict.outcome is Outcome.SUCCEEDED
    held = verdict.outcome is Outcome.AUTHORIZED and kind is AttemptKind.AUTHORIZE
    if taken or held:
        return _success(kind, state, asked, verdict, taken=taken)
    if state is AttemptState.SUCCEEDED or state in ENDED_WITHOUT_SUCCESS:
        return NOTHING  # a late lower state changes nothing
    match verdict.outcome:
        case Outcome.DECLINED | Outcome.CANCELLED:
            return Effect(AttemptState.DECLINED, ("paymentFailed",))
        case Outcome.EXPIRED:
            return Effect(AttemptState.DECLINED, ("paymentExpired", "paymentFailed"))
        case Outcome.PENDING | Outcome.ACTION_REQUIRED | Outcome.AUTHORIZED:
            first = state is not AttemptState.PENDING
            return Effect(AttemptState.PENDING, ("paymentScheduled",) if first else ())
        case Outcome.NOT_FOUND:
            # The caller has waited the grace period. A payment that the PSP has named before is not unknown to it.
            if state is AttemptState.PENDING:
                return NOTHING
            return Effect(AttemptState.NOT_SENT, ("paymentFailed",))
        case _:
            raise ValueError(f"{verdict.outcome} is no outcome of a payment")


def _success(kind: AttemptKind, state: AttemptState, asked: Money, verdict: Verdict, *, taken: bool) -> Effect:
    if verdict.money is not None and verdict.money != asked:
        # Held: neither accepted nor failed, and asked about again until a person has looked.
        unanswered = state in (AttemptState.READY, AttemptState.OPEN)
        return Effect(AttemptState.UNKNOWN if unanswered else None, item=ItemKind.AMOUNT_MISMATCH)
    if state is AttemptState.SUCCEEDED and (kind is AttemptKind.PAY or not taken):
        return NOTHING
    movements: tuple[tuple[MovementKind, int], ...] = ((MovementKind.AUTHORIZED, asked.amount),)
    if taken:
        movements += ((MovementKind.CAPTURED, asked.amount),)
    late = state in ENDED_WITHOUT_SUCCESS
    event = "paymentExecuted" if taken else "paymentAuthorized"
    return Effect(AttemptState.SUCCEEDED, (event,), movements, ItemKind.LATE_SUCCESS if late else None)


def decline_reason(verdict: Verdict) -> DeclineReason:
    """Name the reason of a verdict that ends an attempt without success."""
    if verdict.decline is not None:
        return verdict.decline.reason
    return DeclineReason.CUSTOMER_CANCELLED if verdict.outcome is Outcome.CANCELLED else DeclineReason.OTHER
