"""The closed sets from which every label value comes: nobody outside can make a new time series."""

import re
from enum import StrEnum

from payments.domain.verdict import NoAnswer, Trouble
from providers.types import Operation, Outcome, Verdict

OTHER = "other"
"""Written in the place of a value that is in no closed set."""
ANY = "any"
"""Written where a call is about no single payment method, or about no single provider."""
ANSWERED = "answered"
"""The outcome of a call that moves nothing and brings no verdict, such as a utility."""

_CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")


class CallbackOutcome(StrEnum):
    """What became of a notification at the door."""

    ACCEPTED = "accepted"  # verified and kept
    DUPLICATE = "duplicate"  # verified, and kept already
    REFUSED = "refused"  # not readable, or not signed by anybody known


CALL_OUTCOMES: tuple[str, ...] = tuple(
    dict.fromkeys([*(word.value for word in Outcome), *(word.value for word in Trouble), ANSWERED])
)
OPERATIONS: tuple[str, ...] = tuple(word.value for word in Operation if word is not Operation.NOTIFICATION)


def code(value: str) -> str:
    """Return a provider's or method's code, OTHER for what cannot be one."""
    return value if _CODE.fullmatch(value) else OTHER


def operation_word(operation: str) -> str:
    """Return an operation's word; an attempt that closes a session is an `expire`."""
    word = Operation.EXPIRE.value if operation in ("close", "switch") else str(operation)
    return word if word in OPERATIONS else OTHER


def outcome_word(news: object) -> str:
    """Return the word for what a driver's call came to: a verdict, several (the first counts), or why there is none."""
    if isinstance(news, tuple):
        return outcome_word(news[0]) if news else ANSWERED
    if isinstance(news, NoAnswer):
        return news.trouble.value
    return news.outcome.value if isinstance(news, Verdict) else ANSWERED
