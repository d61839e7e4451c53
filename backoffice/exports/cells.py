"""Single cells of an export: exact amounts, moments in UTC, and texts that no spreadsheet takes for a formula."""

import datetime as dt
import re
from functools import lru_cache
from typing import Any, Final

from paymenthub.kernel.money import MoneyError, exponent

_UNTEXT: Final = re.compile("[\x00\ud800-\udfff]")
_SKIPPED: Final = re.compile("[\\s\x00-\x1f\x7f-\x9f'\"‘’“”«»`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*")
"""What a reader may drop in front of a formula: blanks, quotes, marks that are not seen."""
_BEGINNINGS: Final = frozenset("=+-@＝＋－＠﹦﹢﹣﹫−")
_FIRST: Final = frozenset("\t\r\n")


def text(value: Any) -> str:
    """Write anything as text that every encoding takes: what is no text (NUL, half a surrogate pair) becomes U+FFFD."""
    if value is None:
        return ""
    found = value if isinstance(value, str) else str(value)
    return found if found.isascii() and "\x00" not in found else _UNTEXT.sub("\ufffd", found)


def is_dangerous(value: str) -> bool:
    """Tell whether a spreadsheet might read a text as a formula, also after blanks, quotes or unseen marks."""
    if not value or value[0].isalnum():
        return False
    if value[0] in _FIRST:
        return True
    rest = _SKIPPED.match(value)
    end = rest.end() if rest else 0
    return end < len(value) and value[end] in _BEGINNINGS


def neutral(value: str) -> str:
    """Put an apostrophe before a dangerous text; `original` takes it off again."""
    return f"'{value}" if is_dangerous(value) else value


def original(cell: str) -> str:
    """Return the text that a neutral cell stands for: for programs that read our CSV back."""
    return cell[1:] if cell.startswith("'") and is_dangerous(cell[1:]) else cell


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
