"""Amounts, moments and strangers' words, as a mail writes them."""

import re
import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import parse_pattern

from paymenthub.kernel.money import Money, exponent
from payments.notifications.events import LANGUAGES

_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # not the spaces that hold an amount together
_CODE_THEN_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")  # CLDR wants a space there, Babel writes none
_LONGEST = 120
_LONGEST_SUBJECT = 200


def locale_of(*wanted: str) -> Locale:
    """Return the first of these language tags that mails are written in, with its region where Babel knows it."""
    for tag in (*wanted, "en"):
        language = re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0]
        if language in LANGUAGES:
            try:
                return Locale.parse(tag.strip().replace("-", "_"))
            except (UnknownLocaleError, ValueError):
                return Locale.parse(language)
    return Locale.parse("en")


def money(amount: int, currency: str, locale: Locale) -> str:
    """Write minor units (also below zero) in a language, with all the decimals that ISO 4217 gives the currency."""
    places = exponent(currency)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (places, places)
    value = Money(abs(amount), currency).to_decimal()
    # CLDR rounds some currencies to whole units; a mail about money rounds nothing.
    written = pattern.apply(-value if amount < 0 else value, locale, currency=currency, currency_digits=False)
    return _CODE_THEN_DIGIT.sub("\N{NO-BREAK SPACE}", str(written))


def moment(at: datetime, zone: str, locale: Locale) -> str:
    """Write a moment in a time zone, with the zone's short name."""
    local = at.astimezone(_zone(zone))
    return f"{format_date(local, 'long', locale=locale)}, {local:%H:%M} {local.tzname()}"


def day(on: date, locale: Locale) -> str:
    """Write a day."""
    return format_date(on, "long", locale=locale)


def line(text: object, longest: int = _LONGEST) -> str:
    """Make one line of a stranger's words: no breaks, no control or direction characters, not too long."""
    kept = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in str(text if text is not None else "")[: longest * 8]
        if unicodedata.category(letter) not in ("Cf", "Cs", "Co", "Cn") or letter == "\N{ZERO WIDTH JOINER}"
    )
    kept = _SPACES.sub(" ", kept).strip()
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


def subject(text: str) -> str:
    """Make a subject: one line, of a length that mail programs show."""
    return line(text.replace("\u00a0", " ").replace("\u202f", " "), _LONGEST_SUBJECT)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
