"""Amounts, quantities, rates and dates, as a language writes them."""

import copy
import re
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, format_decimal, format_percent

from paymenthub.kernel.money import exponent

# The English of no country: `21 November 2026` and `US$`, which nobody misreads.
_LOCALES = {"en": "en_001"}
# A code stands apart from the digits, as CLDR has it and Babel has not.
_CODE_AND_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])")


class Formats:
    """Write numbers and dates of one document.

    Decimals come from ISO 4217 and not from CLDR, which leaves out those that are rarely used: a rounded amount on an
    invoice would be a wrong one.
    """

    def __init__(self, *, language: str, currency: str, timezone: str) -> None:
        self._locale = _locale(language)
        self._currency = currency
        self._digits = exponent(currency)
        self._zone = ZoneInfo(timezone)
        self._with_symbol = _with_digits(self._locale.currency_formats["standard"], self._digits)
        self._plain = _with_digits(self._locale.decimal_formats[None], self._digits)

    def amount(self, minor: int) -> str:
        """Write minor units with the currency's symbol."""
        written = self._with_symbol.apply(
            self._major(minor), self._locale, currency=self._currency, currency_digits=False
        )
        return _CODE_AND_DIGIT.sub("\N{NO-BREAK SPACE}", written)

    def number(self, minor: int) -> str:
        """Write minor units without a symbol, for columns whose head names the currency."""
        return str(self._plain.apply(self._major(minor), self._locale))

    def quantity(self, value: Decimal) -> str:
        """Write a quantity with the decimals it needs."""
        return format_decimal(value, format="#,##0.######", locale=self._locale)

    def rate(self, value: Decimal) -> str:
        """Write a rate that is given in percent."""
        pattern = self._locale.percent_formats[None].pattern.replace("#,##0", "#,##0.###")
        return format_percent(value / 100, format=pattern, locale=self._locale)

    def date(self, moment: datetime) -> str:
        """Write the day of a moment in the document's time zone."""
        return format_date(moment.astimezone(self._zone).date(), format="long", locale=self._locale)

    def _major(self, minor: int) -> Decimal:
        return Decimal(minor).scaleb(-self._digits)


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language), sep="_")


def _with_digits(pattern: NumberPattern, digits: int) -> NumberPattern:
    own = copy.copy(pattern)
    own.frac_prec = (digits, digits)
    return own
