"""What may come of a call to a PSP, and what it means to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from paymenthub.kernel.money import Money
from providers.types import DeclineReason, Outcome, Verdict

from .attempt import CLOSING, PAYING, AttemptKind, AttemptState, ItemKind, MovementKind


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
class Asked:
    """What an attempt asked for and how its payment stands, in minor units of one currency.

    `held`: authorised and not captured; `kept`: captured and not given back; `refunded`: given back as refunds; all
    before this verdict.
    """

    kind: AttemptKind
    state: AttemptState
    money: Money
    final: bool = True
    held: int = 0
    kept: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """What to do: the attempt's new state (None: as it is), the saga's event (the first that the machine has a way
    for), the amounts that moved, and what a person must look at."""

    state: AttemptState | None = None
    events: tuple[str, ...] = ()
    movements: tuple[tuple[MovementKind, int], ...] = ()
    item: ItemKind | None = None


NOTHING = Effect()
FAILED_EVENT = {
    AttemptKind.PAY: "paymentFailed",
    AttemptKind.AUTHORIZE: "paymentFailed",
    AttemptKind.SUBSCRIPTION_SCHEDULE: "paymentFailed",
    AttemptKind.SUBSCRIPTION_START: "paymentFailed",
    AttemptKind.SUBSCRIPTION_PAY: "paymentFailed",
    AttemptKind.LINK: "paymentFailed",
    AttemptKind.CAPTURE: "captureFailed",
    AttemptKind.CANCEL: "cancelFailed",
    AttemptKind.CLOSE: "cancelFailed",
    AttemptKind.REFUND: "refundFailed",
}
"""The event of a definite no. A session that was not closed by time or for another method is no news."""


def effect_of_no_answer(asked: Asked, answer: NoAnswer) -> Effect:
    """Tell what a call without a verdict means; nothing where somebody else already brought one."""
    if asked.state not in (AttemptState.READY, AttemptState.OPEN):
        return NOTHING
    failed = (FAILED_EVENT[asked.kind],) if asked.kind in FAILED_EVENT else ()
    match answer.trouble:
        case Trouble.UNKNOWN:
            return Effect(AttemptState.UNKNOWN)
        case Trouble.NOT_SENT:
            # A payment that was not sent waits for the same request again; anything else goes back to where it was.
            first = asked.kind in PAYING
            return Effect(AttemptState.NOT_SENT, () if first else failed)
        case Trouble.REJECTED:
            # A page that cannot be closed is no mistake of ours: most likely its customer has just paid.
            closing = asked.kind in CLOSING
            return Effect(AttemptState.REJECTED, failed, item=None if closing else ItemKind.REJECTED)
        case Trouble.CREDENTIALS:
            return Effect(AttemptState.REJECTED, failed, item=ItemKind.CREDENTIALS)


def decline_reason(verdict: Verdict) -> DeclineReason:
    """Name the reason of a verdict that ends an attempt without success."""
    if verdict.decline is not None:
        return verdict.decline.reason
    return DeclineReason.CUSTOMER_CANCELLED if verdict.outcome is Outcome.CANCELLED else DeclineReason.OTHER
