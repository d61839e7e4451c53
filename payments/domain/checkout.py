"""The words of the checkout: how a payment stands for its customer, and which methods it may be paid with."""

from collections.abc import Sequence
from enum import StrEnum

TRY_FAILED = "paymentTryFailed"
"""What the history calls a try that failed and may be followed by another; no event of any machine."""
TRY_GIVEN_UP = "paymentTryGivenUp"
"""And one whose session was closed since its customer chose another method."""
SWITCHED = "switched"
"""The decline code of a session that was closed since its customer chose another method."""


class Stage(StrEnum):
    """What a customer is shown. PROCESSING: nobody knows yet, and nothing may be offered; PAID: also when it is held."""

    CHOOSE = "choose"
    AT_PROVIDER = "at_provider"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED_TRY_AGAIN = "failed_try_again"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


def is_allowed(allowed: Sequence[str], *, provider: str, method: str) -> bool:
    """Tell whether a method may be offered; each entry is `provider/method` or a method of any provider; none: all."""
    return not allowed or method in allowed or f"{provider}/{method}" in allowed
