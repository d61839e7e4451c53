"""The four words in which the API answers an operation."""

from dataclasses import dataclass
from enum import StrEnum

from paymenthub.kernel.errors import ProviderUnavailable
from payments.domain.attempt import AttemptKind, AttemptState
from payments.models import Attempt, Payment


class Result(StrEnum):
    """OK: money moved; KO: it did not and will not; PENDING: not known yet; REDIRECT_TO_URL: the customer must act."""

    OK = "OK"
    KO = "KO"
    PENDING = "PENDING"
    REDIRECT_TO_URL = "REDIRECT_TO_URL"


@dataclass(frozen=True, slots=True)
class PayOutcome:
    """What a caller is told of a payment; without an `attempt` nothing was asked of its PSP yet."""

    result: Result
    description: str
    payment: Payment
    attempt: Attempt | None
    redirect_url: str = ""
    redirect_url_mobile: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class OperationResult(PayOutcome):
    """What a caller is told of an operation at a PSP."""

    attempt: Attempt


_DONE = {
    AttemptKind.PAY: "Paid.",
    AttemptKind.AUTHORIZE: "Authorised, not captured yet.",
    AttemptKind.SUBSCRIPTION_SCHEDULE: "Subscribed.",
    AttemptKind.SUBSCRIPTION_START: "Subscribed.",
    AttemptKind.SUBSCRIPTION_PAY: "Paid.",
    AttemptKind.LINK: "Paid by its link.",
    AttemptKind.CAPTURE: "Captured.",
    AttemptKind.CANCEL: "Cancelled.",
    AttemptKind.CLOSE: "Cancelled before it was paid.",
    AttemptKind.EXPIRE: "Expired.",
    AttemptKind.SWITCH: "Closed, for another method.",
    AttemptKind.REFUND: "Refunded.",
}


def result_of(payment: Payment, attempt: Attempt, *, replayed: bool = False) -> OperationResult:
    """Put an attempt's standing into words. Raises `ProviderUnavailable` where surely nothing was sent."""
    match AttemptState(attempt.state):
        case AttemptState.SUCCEEDED:
            word, text = Result.OK, _DONE[AttemptKind(attempt.kind)]
        case AttemptState.DECLINED | AttemptState.REJECTED:
            word, text = Result.KO, _refusal(attempt)
        case AttemptState.NOT_SENT:
            raise ProviderUnavailable(
                "The provider could not be reached. Nothing was sent; the same request may be sent again."
            )
        case AttemptState.PENDING if attempt.redirect_url or attempt.redirect_url_mobile:
            word, text = Result.REDIRECT_TO_URL, "Send the customer to the redirect URL."
        case AttemptState.UNKNOWN:
            word, text = (
                Result.PENDING,
                "Sent, but the provider has not answered. Ask for the status; do not pay again under another id.",
            )
        case _:
            word, text = Result.PENDING, "The provider has not decided yet."
    redirect = word is Result.REDIRECT_TO_URL
    return OperationResult(
        result=word,
        description=text,
        payment=payment,
        attempt=attempt,
        redirect_url=attempt.redirect_url if redirect else "",
        redirect_url_mobile=attempt.redirect_url_mobile if redirect else "",
        replayed=replayed,
    )


def without_attempt(payment: Payment, *, replayed: bool = False) -> PayOutcome:
    """Put into words how a payment stands of which nothing was asked of its PSP yet, or ever."""
    waits = payment.claimed_shop_transaction_id is not None
    return PayOutcome(
        result=Result.PENDING if waits else Result.KO,
        description="A step before the charge has not ended yet." if waits else "Ended before it was charged.",
        payment=payment,
        attempt=None,
        replayed=replayed,
    )


def _refusal(attempt: Attempt) -> str:
    reason = attempt.decline_reason.replace("_", " ") or "no reason given"
    return f"Declined: {reason}." if attempt.state == AttemptState.DECLINED else f"Refused by the provider: {reason}."
