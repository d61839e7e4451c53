"""Read an amount as a person types it, exactly: what could be meant in two ways is refused and never guessed."""

import re
from enum import StrEnum

from paymenthub.kernel.money import Money, MoneyError, exponent

_NUMBER = re.compile(r"([0-9]{1,13})(?:[.,]([0-9]{1,13}))?")
_BLANKS = re.compile(r"[\s\u00a0\u202f]+")
_LONGEST = 40


class AmountProblem(StrEnum):
    """Why a text is no amount."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    TOO_PRECISE = "too_precise"


class UnreadableAmount(ValueError):
    """The text is no amount of the currency."""

    def __init__(self, problem: AmountProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def read_amount(text: str, currency: str) -> Money:
    """Read `12`, `12.5` or `12,50` in major units. Raises UnreadableAmount.

    One comma or point is the decimal one: there are no thousands, so `1.234,50` is refused, and `1.000` has three decimals.
    """
    bare = _BLANKS.sub("", text[: _LONGEST + 1])
    if not bare:
        raise UnreadableAmount(AmountProblem.MISSING)
    found = _NUMBER.fullmatch(bare)
    if found is None or len(text) > _LONGEST:
        raise UnreadableAmount(AmountProblem.UNREADABLE)
    whole, decimals = found[1], (found[2] or "").rstrip("0")
    if len(found[2] or "") > exponent(currency):
        raise UnreadableAmount(AmountProblem.TOO_PRECISE)
    try:
        return Money.from_decimal(f"{whole}.{decimals}" if decimals else whole, currency)
    except MoneyError:
        raise UnreadableAmount(AmountProblem.UNREADABLE) from None
