"""Single cells of an export: exact amounts, moments in UTC, and texts that no spreadsheet takes for a formula."""

import datetime as dt
import re
from functools import lru_cache
from typing import Any, Final

from paymenthub.kernel.money import MoneyError, exponent

_UNTEXT: Final = re.compile("[\x00\ud800-\udfff]")


def text(value: Any) -> str:
    """Write anything as text that every encoding takes: what is no text (NUL, half a surrogate pair) becomes U+FFFD."""
    if value is None:
        return ""
    found = value if isinstance(value, str) else str(value)
    return found if found.isascii() and "\x00" not in found else _UNTEXT.sub("\ufffd", found)


def decimal(minor: int | None, currency: str) -> str:
    """Write minor units with exactly the currency's decimals; empty for none, and for a currency that is none."""
    if minor is None:
        return ""
    places = _places(currency)
    if places is None:
        return ""
    if not places:
        return str(minor)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def moment(value: dt.datetime | None) -> str:
    """Write a moment as ISO 8601 in UTC, to the millisecond; the header says UTC too."""
    if value is None:
        return ""
    return value.astimezone(dt.UTC).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


@lru_cache(maxsize=512)
def _places(currency: str) -> int | None:
    try:
        return exponent(currency)
    except MoneyError:
        return None
