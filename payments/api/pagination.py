"""Query parameters of lists: strict, since a filter that is misspelt and ignored lists everything."""

import base64
import binascii
import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping

from rest_framework.request import Request

from paymenthub.kernel.errors import InvalidField
from paymenthub.kernel.money import MAX_AMOUNT
from payments.selectors.keyset import Position

DEFAULT_LIMIT = 50
MOST = 200
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_INTEGER = re.compile(r"[0-9]{1,16}")


def parameters(request: Request, known: Iterable[str]) -> Mapping[str, str]:
    """Return the query parameters that are given. Raises InvalidField for unknown names, repeated or empty ones."""
    found: dict[str, str] = {}
    for name, values in request.query_params.lists():
        if name not in known:
            raise InvalidField(f"There is no such parameter; known are {', '.join(known)}.", param=name[:64])
        if len(values) != 1:
            raise InvalidField("Once only.", param=name)
        if not values[0] or len(values[0]) > 255 or not values[0].isprintable():
            raise InvalidField("1 to 255 printable characters.", param=name)
        found[name] = values[0]
    return found


def limit_of(given: Mapping[str, str]) -> int:
    """Return how many rows a page has."""
    limit = integer(given, "limit", least=1, most=MOST)
    return DEFAULT_LIMIT if limit is None else limit


def integer(given: Mapping[str, str], name: str, *, least: int = 0, most: int = MAX_AMOUNT) -> int | None:
    """Read a whole number, or None where it is not given."""
    text = given.get(name)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
        raise InvalidField(f"A whole number from {least} to {most}.", param=name)
    return int(text)


def moment(given: Mapping[str, str], name: str) -> dt.datetime | None:
    """Read a time with its offset, or None where it is not given."""
    text = given.get(name)
    if text is None:
        return None
    try:
        read = dt.datetime.fromisoformat(text)
        if read.tzinfo is not None:
            return read.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass  # told below, like a time without its offset
    raise InvalidField("A time with its offset, such as 2026-03-01T00:00:00Z (write + as %2B).", param=name)


def write_cursor(position: Position) -> str:
    """Write where a page ended, opaque to callers."""
    micros = (position.created_at - _EPOCH) // _MICROSECOND
    return base64.urlsafe_b64encode(micros.to_bytes(8, "big", signed=True) + position.id.bytes).decode()


def read_cursor(given: Mapping[str, str], name: str) -> Position | None:
    """Read such a cursor, or None where none is given. Raises InvalidField for anything that was not made by us."""
    text = given.get(name)
    if text is None:
        return None
    try:
        raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        if len(raw) == 24:
            micros = int.from_bytes(raw[:8], "big", signed=True)
            return Position(_EPOCH + micros * _MICROSECOND, uuid.UUID(bytes=raw[8:]))
    except (binascii.Error, ValueError, OverflowError):
        pass  # told below
    raise InvalidField("This is no cursor of an earlier page.", param=name)
