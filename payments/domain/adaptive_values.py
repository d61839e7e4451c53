"""How a rule compares a value of the data with its own: texts, numbers, lists, and what is not there."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,20})?")
_BOOLEANS = {"true": True, "false": False}


class Operator(StrEnum):
    """The eight operators, as the service calls them."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    NOT_IN = "not_in"
    GREATER_THAN = "greater_than"
    GREATER_OR_EQUAL_THAN = "greater_or_equal_than"
    LESS_THAN = "less_than"
    LESS_OR_EQUAL_THAN = "less_or_equal_than"


SPELLINGS: Mapping[str, Operator] = {
    **{operator.value: operator for operator in Operator},
    "equal": Operator.EQUALS,  # as the published backoffice writes them
    "not_equal": Operator.NOT_EQUALS,
}
MEMBERSHIP = (Operator.IN, Operator.NOT_IN)
ORDERING: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.GREATER_THAN: lambda one, other: bool(one > other),
    Operator.GREATER_OR_EQUAL_THAN: lambda one, other: bool(one >= other),
    Operator.LESS_THAN: lambda one, other: bool(one < other),
    Operator.LESS_OR_EQUAL_THAN: lambda one, other: bool(one <= other),
}


class _Missing:
    """What stands at a path that leads nowhere."""

    def __repr__(self) -> str:
        return "(not there)"


MISSING = _Missing()


def at(data: Any, path: str) -> Any:
    """Return what stands at a slash path such as `/additionalData/channel`, or MISSING.

    A number names a place in a list; `~1` stands for a slash in a name and `~0` for a tilde, as in JSON Pointer.
    """
    found = data
    for part in path.removeprefix("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name, MISSING)
        elif isinstance(found, list | tuple) and name.isascii() and name.isdecimal() and len(name) < 10:
            found = found[int(name)] if int(name) < len(found) else MISSING
        else:
            return MISSING
    return found


def holds(operator: Operator, actual: Any, value: Any) -> bool:
    """Tell whether a condition holds. Of what is not there only `not_equals` and `not_in` hold."""
    match operator:
        case Operator.EQUALS:
            return is_equal(actual, value)
        case Operator.NOT_EQUALS:
            return not is_equal(actual, value)
        case Operator.IN:
            return _is_among(actual, value)
        case Operator.NOT_IN:
            return not _is_among(actual, value)
    pair = _comparable(actual, value)
    return pair is not None and ORDERING[operator](*pair)


def is_equal(actual: Any, value: Any) -> bool:
    """Tell whether two values are the same; a text that reads like the other side's number or truth value is the same."""
    if actual is MISSING:
        return False
    if isinstance(actual, str) and isinstance(value, str):
        return actual == value
    if isinstance(actual, bool) or isinstance(value, bool):
        return _truth(actual) is not None and _truth(actual) == _truth(value)
    one, other = number(actual), number(value)
    if one is not None and other is not None:
        return one == other
    return type(actual) is type(value) and bool(actual == value)


def members(value: Any) -> Sequence[Any]:
    """Return what `in` looks among: a list, or a text with commas as the published forms send it."""
    if isinstance(value, list | tuple):
        return value
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else [value]


def number(value: Any) -> Decimal | None:
    """Read a number exactly, also one that is written as a text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        read = Decimal(repr(value))
        return read if read.is_finite() else None
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def _is_among(actual: Any, value: Any) -> bool:
    """Of a list in the data, one element is enough: a basket with books in it is a basket of books too."""
    candidates = actual if isinstance(actual, list | tuple) else [actual]
    return any(is_equal(candidate, member) for candidate in candidates for member in members(value))


def _comparable(actual: Any, value: Any) -> tuple[Any, Any] | None:
    one, other = number(actual), number(value)
    if one is not None and other is not None:
        return one, other
    if one is None and other is None and isinstance(actual, str) and isinstance(value, str):
        return actual, value  # texts by their characters: right for dates and times in ISO 8601
    return None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else _BOOLEANS.get(value) if isinstance(value, str) else None
