"""JSON in, strictly: what two readers could understand in two ways is refused."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.parsers import BaseParser

from paymenthub.kernel.errors import MalformedRequest, PayloadTooLarge

_DEEPEST = 32


class StrictJSONParser(BaseParser):
    """Read one JSON object of at most REQUEST_MAX_BYTES.

    Raises PayloadTooLarge, or MalformedRequest for: no UTF-8, no JSON, no object, a name given twice, NaN or infinity,
    more than 32 levels, and text that cannot be stored (NUL, half a character).
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the object."""
        raw = stream.read(settings.REQUEST_MAX_BYTES + 1)
        if len(raw) > settings.REQUEST_MAX_BYTES:
            raise PayloadTooLarge(f"The body may have {settings.REQUEST_MAX_BYTES} bytes at most.")
        return read_object(raw)


def read_object(raw: bytes) -> dict[str, Any]:
    """Read a JSON object; see `StrictJSONParser`."""
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_not_finite, parse_float=_finite
        )
    except UnicodeDecodeError:
        raise MalformedRequest("The body is not UTF-8.") from None
    except RecursionError:
        raise MalformedRequest(f"The body is nested deeper than {_DEEPEST} levels.") from None
    except ValueError:
        raise MalformedRequest("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise MalformedRequest("The body must be a JSON object.")
    _inspect(value, 1)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedRequest("A name is given twice in one object.", param=twice[:64])
    return found


def _not_finite(word: str) -> NoReturn:
    raise MalformedRequest("Numbers must be finite.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _not_finite(text)
    return number


def _inspect(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if depth > _DEEPEST:
            raise MalformedRequest(f"The body is nested deeper than {_DEEPEST} levels.")
        for item in value:
            _inspect(item, depth + 1)
        if isinstance(value, dict):
            for item in value.values():
                _inspect(item, depth + 1)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise MalformedRequest("A text holds the character NUL.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedRequest("A text holds half a character (a lone surrogate).") from None
