"""Amounts of money: an integer in minor units and an ISO 4217 code in one value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from iso4217 import Currency

MAX_AMOUNT = 10**15

# Metals, test codes and units of account have no minor unit, so no amount can be written in them.
_EXPONENTS: dict[str, int] = {item.value: item.exponent for item in Currency if item.exponent is not None}
_PLAIN_DECIMAL = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?")


class MoneyError(ValueError):
    """Say that an amount or currency is impossible, or that two currencies were mixed."""


def is_currency(code: object) -> bool:
    """Tell whether the code is an upper-case ISO 4217 code that has minor units."""
    return isinstance(code, str) and code in _EXPONENTS


def currencies() -> list[str]:
    """List the codes that amounts can be written in."""
    return sorted(_EXPONENTS)


def exponent(currency: str) -> int:
    """Return how many decimals the currency has; raises MoneyError for an unknown one."""
    if not is_currency(currency):
        raise MoneyError("The currency is not an ISO 4217 code with minor units.")
    return _EXPONENTS[currency]


@dataclass(frozen=True, slots=True)
class Money:
    """Hold 0 to 10^15 minor units of one currency; anything else raises MoneyError."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise MoneyError("The amount must be an integer in minor units.")
        if not 0 <= self.amount <= MAX_AMOUNT:
            raise MoneyError(f"The amount must lie between 0 and {MAX_AMOUNT} minor units.")
        exponent(self.currency)

    @classmethod
    def from_decimal(cls, value: Decimal | str, currency: str) -> Money:
        """Read an amount in major units exactly; raises MoneyError where it has too many decimals."""
        places = exponent(currency)
        number = _read_decimal(value)
        # Bounds come first: scaling 1e999999 would build a number of a million digits.
        if number > MAX_AMOUNT or number < 0:
            raise MoneyError(f"The amount must lie between 0 and {MAX_AMOUNT} minor units.")
        numerator, denominator = _ratio(number, places)
        if numerator % denominator:
            raise MoneyError(f"The amount is more precise than {currency} allows ({places} decimals).")
        return cls(numerator // denominator, currency)

    def to_decimal(self) -> Decimal:
        """Return the amount in major units, with exactly the currency's number of decimals."""
        digits = tuple(int(digit) for digit in str(self.amount))
        return Decimal((0, digits, -exponent(self.currency)))

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Share the amount by weight, by largest remainder; the parts always add up to the whole.

        On equal remainders the earlier part gets the unit. A weight of 0 gets nothing.
        """
        if any(type(weight) is not int or weight < 0 for weight in weights):
            raise MoneyError("Weights must be integers of 0 or more.")
        total = sum(weights)
        if total == 0:
            raise MoneyError("At least one weight must be above 0.")
        shares = [divmod(self.amount * weight, total) for weight in weights]
        left_over = self.amount - sum(share for share, _ in shares)
        by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
        lucky = set(by_remainder[:left_over])
        return [Money(share + (index in lucky), self.currency) for index, (share, _) in enumerate(shares)]

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.amount - self._same(other).amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other).amount if isinstance(other, Money) else NotImplemented

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other).amount if isinstance(other, Money) else NotImplemented

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other).amount if isinstance(other, Money) else NotImplemented

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other).amount if isinstance(other, Money) else NotImplemented

    def __str__(self) -> str:
        return f"{self.to_decimal():f} {self.currency}"

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not mix.")
        return other


def _read_decimal(value: Decimal | str) -> Decimal:
    if isinstance(value, str) and _PLAIN_DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite():
        return value
    raise MoneyError("The amount must be a plain decimal number.")


def _ratio(number: Decimal, places: int) -> tuple[int, int]:
    """Return the scaled number as a fraction; integers only, so no decimal context can round it."""
    _, digits, power = number.as_tuple()
    unscaled = int("".join(map(str, digits)))
    shift = int(power) + places
    if shift >= 0:
        return unscaled * 10**shift, 1
    # Beyond its own digits a shift cannot divide a number other than 0, so there is no need to build 10**huge.
    return unscaled, 10 ** min(-shift, len(digits) + 1)
