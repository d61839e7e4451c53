"""Text from outside, made fit for print and for XML: it stays text, whatever it says."""

import re
import unicodedata

ELLIPSIS = "…"
NAME_LIMIT = 120
DESCRIPTION_LIMIT = 300
NOTE_LIMIT = 2000

# XML 1.0 forbids control characters, surrogates and the two non-characters; the rest of these steer the direction of
# text beyond the field they stand in, so that a name could turn an amount around.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_DIRECTION_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")


def one_line(text: str) -> str:
    """Return the text in one line, without characters that XML forbids or that turn the text after it around."""
    text = _FORBIDDEN.sub("", _DIRECTION_OVERRIDES.sub("", text))
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def paragraph(text: str) -> str:
    """Return the text as `one_line` does, but keep its line breaks."""
    lines = (one_line(line) for line in text.splitlines())
    return "\n".join(lines).strip("\n")


def clip(text: str, limit: int = NAME_LIMIT) -> str:
    """Return one line of at most `limit` characters; what is cut off is replaced by an ellipsis."""
    # Cutting before cleaning bounds the work; twice the limit leaves room for what cleaning takes away.
    line = one_line(text[: limit * 4])
    if len(line) <= limit and len(text) <= limit * 4:
        return line
    return line[: limit - 1].rstrip() + ELLIPSIS
