"""The order system's words: how its payment stands, why it failed, and which messages come and go."""

from enum import StrEnum

from providers.types import DeclineReason


class OrderStatus(StrEnum):
    """The catalog's three words. SUCCEEDED: the money is held, or taken; it stays so when it is given back later."""

    REQUESTED = "REQUESTED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class FailureReason(StrEnum):
    """Why a payment failed, in the catalog's words."""

    CARD_DECLINED = "CARD_DECLINED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    EXPIRED_CARD = "EXPIRED_CARD"
    PROCESSING_ERROR = "PROCESSING_ERROR"


class FraudVerdict(StrEnum):
    """What the fraud check said last; a failed one is never taken back."""

    NONE = ""
    PASSED = "passed"
    FAILED = "failed"


_REASONS = {
    DeclineReason.INSUFFICIENT_FUNDS: FailureReason.INSUFFICIENT_FUNDS,
    DeclineReason.EXPIRED_CARD: FailureReason.EXPIRED_CARD,
    DeclineReason.CARD_DECLINED: FailureReason.CARD_DECLINED,
    DeclineReason.STOLEN_CARD: FailureReason.CARD_DECLINED,
    DeclineReason.AUTHENTICATION_FAILED: FailureReason.CARD_DECLINED,
    DeclineReason.AUTHENTICATION_REQUIRED: FailureReason.CARD_DECLINED,
    DeclineReason.FRAUD_SUSPECTED: FailureReason.CARD_DECLINED,
    DeclineReason.TOKEN_REVOKED: FailureReason.CARD_DECLINED,
    # The catalog has no words for these.
    DeclineReason.INVALID_REQUEST: FailureReason.PROCESSING_ERROR,
    DeclineReason.PROCESSING_ERROR: FailureReason.PROCESSING_ERROR,
    DeclineReason.CUSTOMER_CANCELLED: FailureReason.PROCESSING_ERROR,
    DeclineReason.OTHER: FailureReason.PROCESSING_ERROR,
}


def failure_reason(decline_reason: str) -> FailureReason:
    """Put an attempt's decline reason into the catalog's words; none, or one that nobody knows, is a processing error."""
    try:
        return _REASONS[DeclineReason(decline_reason)]
    except ValueError:
        return FailureReason.PROCESSING_ERROR
