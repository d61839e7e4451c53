"""Texts that no spreadsheet takes for a formula, wherever a CSV file is written."""

import re
from typing import Final

_SKIPPED: Final = re.compile("[\\s\x00-\x1f\x7f-\x9f'\"‘’“”«»`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*")
"""What a reader may drop in front of a formula: blanks, quotes, marks that are not seen."""
_BEGINNINGS: Final = frozenset("=+-@＝＋－＠﹦﹢﹣﹫−")
_FIRST: Final = frozenset("\t\r\n")


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
