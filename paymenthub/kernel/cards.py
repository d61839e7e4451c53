"""Find card numbers in text: a brand's prefix and length, and the Luhn check."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SHORTEST = 13
_LONGEST = 19

# (first prefix, last prefix, lengths). From the published issuer ranges of the brands.
_BRANDS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),  # Mastercard, 2-series
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),
    ("6011", "6011", frozenset(range(16, 20))),  # Discover
    ("644", "649", frozenset(range(16, 20))),
    ("65", "65", frozenset(range(16, 20))),
    ("300", "305", frozenset(range(14, 20))),  # Diners Club
    ("3095", "3095", frozenset(range(14, 20))),
    ("36", "36", frozenset(range(14, 20))),
    ("38", "39", frozenset(range(14, 20))),
    ("3528", "3589", frozenset(range(16, 20))),  # JCB
    ("5018", "5018", frozenset(range(13, 20))),  # Maestro
    ("5020", "5020", frozenset(range(13, 20))),
    ("5038", "5038", frozenset(range(13, 20))),
    ("56", "58", frozenset(range(13, 20))),
    ("6304", "6304", frozenset(range(13, 20))),
    ("6390", "6390", frozenset(range(13, 20))),
    ("67", "67", frozenset(range(13, 20))),
    ("62", "62", frozenset(range(16, 20))),  # UnionPay
    ("8110", "8171", frozenset(range(16, 20))),
)

_FIRST_DIGITS = frozenset(int(low[0]) for low, _, _ in _BRANDS)

# Identifiers are exempt: their digits are no number that anybody typed.
_IDENTIFIER = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?=[0-9]*[a-fA-F])[0-9a-fA-F]{24,}"
    r"|[a-z]{2,8}_[0-9a-f]{32}"
    r")(?![0-9A-Za-z])"
)
_SEPARATOR = r"[^\S\r\n]|[.\-\u2010-\u2015]"
_RUN = re.compile(rf"\d(?:(?:{_SEPARATOR}){{0,2}}\d){{{_SHORTEST - 1},}}")
_GROUP = re.compile(r"\d+")


def contains_card_number(text: str) -> bool:
    """Tell whether the text holds something that is very likely a card number."""
    return next(_spans(text), None) is not None


def mask_card_numbers(text: str) -> str:
    """Replace each likely card number by stars and its last four digits."""
    pieces: list[str] = []
    done = 0
    for start, end in _spans(text):
        digits = _digits(text[start:end])
        pieces += [text[done:start], "*" * (len(digits) - 4), digits[-4:]]
        done = end
    return "".join([*pieces, text[done:]])


def is_card_number(digits: str) -> bool:
    """Tell whether a string of ASCII digits is shaped like a card number and passes Luhn."""
    if not any(low <= digits[: len(low)] <= high and len(digits) in lengths for low, high, lengths in _BRANDS):
        return False
    odd = sum(int(digit) for digit in digits[-1::-2])
    even = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (odd + even) % 10 == 0


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where card numbers stand, left to right, without overlap."""
    exempt = [match.span() for match in _IDENTIFIER.finditer(text)] if _RUN.search(text) else []
    for run in _RUN.finditer(text):
        if any(start <= run.start() and run.end() <= end for start, end in exempt):
            continue
        groups = [(run.start() + group.start(), run.start() + group.end()) for group in _GROUP.finditer(run.group())]
        first = 0
        while first < len(groups):
            last = _card_at(text, groups, first)
            if last is None:
                first += 1
            else:
                yield groups[first][0], groups[last][1]
                first = last + 1


def _card_at(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Return the last digit group of a card number that begins with the first group, the longest one if several."""
    if int(text[groups[first][0]]) not in _FIRST_DIGITS:
        return None
    found = None
    count = 0
    for last in range(first, len(groups)):
        count += groups[last][1] - groups[last][0]
        if count > _LONGEST:
            break
        if count < _SHORTEST:
            continue
        written = text[groups[first][0] : groups[last][1]]
        is_fraction = last == first + 1 and "." in written  # 4532.015112830366 is a measurement
        if not is_fraction and is_card_number(_digits(written)):
            found = last
    return found


def _digits(text: str) -> str:
    return "".join(str(int(character)) for character in text if character.isdecimal())
