"""JSON in, strictly: what two readers could understand in two ways is refused."""

import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from .errors import MalformedRequest

_DEEPEST = 32


def read_object(raw: bytes, *, exact: bool = False) -> dict[str, Any]:
    """Read one JSON object; `exact` reads numbers with a fraction or exponent as Decimal, just as they were written.

    Raises MalformedRequest for: no UTF-8, no JSON, no object, a name given twice, NaN or infinity, more than 32 levels,
    and text that cannot be stored (NUL, half a character).
    """
    value = _read(raw, Decimal if exact else _finite)
    if not isinstance(value, dict):
        raise MalformedRequest("The body must be a JSON object.")
    return value


def read_array(raw: bytes) -> list[Any]:
    """Read one JSON array, with numbers as they were written. Raises as `read_object`."""
    value = _read(raw, Decimal)
    if not isinstance(value, list):
        raise MalformedRequest("The body must be a JSON array.")
    return value


def _read(raw: bytes, fraction: Callable[[str], Any]) -> Any:
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_not_finite, parse_float=fraction
        )
    except UnicodeDecodeError:
        raise MalformedRequest("The body is not UTF-8.") from None
    except RecursionError:
        raise MalformedRequest(f"The body is nested deeper than {_DEEPEST} levels.") from None
    except ValueError:
        raise MalformedRequest("The body is not JSON.") from None
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
