"""Read what people type into filters: dates, periods, amounts in major units. Nothing is guessed."""

import datetime as dt
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.db.models import Q
from django.utils.translation import gettext as _
from iso4217 import Currency

from paymenthub.kernel import clock
from paymenthub.kernel.money import MAX_AMOUNT, exponent, is_currency

_USUAL = 2
_CODES = sorted(item.value for item in Currency if is_currency(item.value))
_OTHERS: dict[int, list[str]] = {}
for _code in _CODES:
    if exponent(_code) != _USUAL:
        _OTHERS.setdefault(exponent(_code), []).append(_code)
_AMOUNT = re.compile(r"[0-9]{1,16}(?:[.,'’ \u00a0\u202f][0-9]{1,16})*")
_SPACES = str.maketrans("", "", "'’ \u00a0\u202f")
_THOUSANDS = 3  # digits
_YEARS = (1970, 9998)


class BadValue(ValueError):
    """Say in words for people why a filter's value cannot be used."""


def currencies() -> list[str]:
    """List the codes that amounts may have."""
    return _CODES


def read_date(text: str) -> dt.date:
    """Read a day as `2026-03-01`; BadValue for anything else."""
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        day = dt.date.min
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise BadValue(_("«%(value)s» is no date; write it as 2026-03-01.") % {"value": text[:40]})
    return day


def midnight(day: dt.date) -> dt.datetime:
    """Return when a day begins, in UTC."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def period(name: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day of a period that is counted from today (UTC); None for an unknown one."""
    today = clock.now().astimezone(dt.UTC).date()
    last_month = today.replace(day=1) - dt.timedelta(days=1)
    return {
        "today": (today, today),
        "yesterday": (today - dt.timedelta(days=1), today - dt.timedelta(days=1)),
        "7d": (today - dt.timedelta(days=6), today),
        "30d": (today - dt.timedelta(days=29), today),
        "mtd": (today.replace(day=1), today),
        "last_month": (last_month.replace(day=1), last_month),
        "ytd": (today.replace(month=1, day=1), today),
    }.get(name)


def readings(text: str) -> list[Decimal]:
    """Read an amount in major units, `1.234,50` as well as `1,234.50`; none where it is no amount.

    One separator before three digits has two readings: `1,234` is a thousand and more, or one and a bit.
    """
    text = text.strip()
    if not _AMOUNT.fullmatch(text):
        return []
    plain = text.translate(_SPACES)
    points, commas = plain.count("."), plain.count(",")
    if points and commas:
        decimal_sign = max(".,", key=plain.rindex)
        thousands = "," if decimal_sign == "." else "."
        whole, part = plain.rsplit(decimal_sign, 1)
        if decimal_sign in whole:
            return []
        return [Decimal(f"{whole.replace(thousands, '')}.{part}")]
    sign = "." if points else ","
    if points + commas > 1:
        return [Decimal(plain.replace(sign, ""))]
    if points + commas == 1 and len(plain.rsplit(sign, 1)[1]) == _THOUSANDS:
        return [Decimal(plain.replace(sign, "")), Decimal(plain.replace(sign, "."))]
    return [Decimal(plain.replace(sign, "."))]


def read_amount(text: str) -> Decimal:
    """Read an amount in major units; BadValue where it is none, or where it has two readings."""
    found = readings(text)
    if not found:
        raise BadValue(_("«%(value)s» is no amount; write it as 12.50.") % {"value": text[:40]})
    if len(found) > 1:
        raise BadValue(
            _("«%(value)s» can be read in two ways; write %(one)s or %(two)s.")
            % {"value": text[:40], "one": f"{found[0]}.00", "two": f"{found[1]}0"}
        )
    return found[0]


def read_currency(text: str) -> str:
    """Read a currency code in either case; BadValue for none."""
    code = text.strip().upper()
    if not is_currency(code):
        raise BadValue(_("«%(value)s» is no currency code; write it as EUR.") % {"value": text[:40]})
    return code


def amount_between(low: Decimal | None, high: Decimal | None, currency: str = "") -> Q:
    """Match amounts between two bounds in major units, both inclusive; without a currency, each by its own decimals."""
    if currency:
        return Q(currency=currency) & _minor(low, high, exponent(currency))
    places = [_USUAL, *_OTHERS]
    others = [code for codes in _OTHERS.values() for code in codes]
    each = ~Q(currency__in=others) & _minor(low, high, _USUAL)
    for many, codes in _OTHERS.items():
        each |= Q(currency__in=codes) & _minor(low, high, many)
    # The widest bounds of all, which an index on the amount can use; the currency decides among what it finds.
    return _minor(low, None, min(places)) & _minor(None, high, max(places)) & each


def _minor(low: Decimal | None, high: Decimal | None, places: int) -> Q:
    found = Q()
    if low is not None:
        found &= Q(amount__gte=_scaled(low, places, ROUND_CEILING))
    if high is not None:
        found &= Q(amount__lte=_scaled(high, places, ROUND_FLOOR))
    return found


def _scaled(value: Decimal, places: int, rounding: str) -> int:
    # Beyond every amount there is, and still inside the column's range.
    return min(int(value.scaleb(places).to_integral_value(rounding)), MAX_AMOUNT + 1)
