"""From a JSON object to a typed request: aliases, strict types, and errors that name the field."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from paymenthub.kernel.cards import contains_card_number
from paymenthub.kernel.errors import InvalidField, MalformedRequest, Unprocessable

T = TypeVar("T")

_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`")
_UNKNOWN = re.compile(r"contains unknown field `(?P<name>.+)`", re.DOTALL)


def read(body: Any, kind: type[T], *, aliases: Mapping[str, str] | None = None) -> T:
    """Read a request; raises InvalidField that names the field by its path, or MalformedRequest where it is no object.

    Names that nobody knows are ignored, as PGM's clients send more than it documents, unless the type forbids them.
    null counts as not given.
    """
    if not isinstance(body, Mapping):
        raise MalformedRequest("The body must be a JSON object.")
    given = {name: value for name, value in body.items() if value is not None}
    for alias, name in (aliases or {}).items():
        if alias in given:
            value = given.pop(alias)
            if given.setdefault(name, value) != value:
                raise InvalidField(f"{alias} and {name} are given and differ.", param=name)
    try:
        return msgspec.convert(given, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _in_our_words(str(error)) from None


def refuse_card_numbers(value: Any, *, param: str) -> None:
    """Raise Unprocessable, naming the place and never the value, where something looks like a card number."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            refuse_card_numbers(name, param=param)
            refuse_card_numbers(item, param=f"{param}.{name}"[:200])
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            refuse_card_numbers(item, param=f"{param}[{index}]"[:200])
    elif isinstance(value, str | int | float) and contains_card_number(str(value)):
        raise Unprocessable("This looks like a card number. Card data must never be sent here.", param=param)


def _in_our_words(message: str) -> InvalidField:
    found = _AT.match(message)
    what, path = (found["what"], found["path"] or "") if found else (message, "")
    path = path.lstrip(".")
    missing = _MISSING.search(what)
    if missing:
        return InvalidField("This field is required.", param=".".join(filter(None, (path, missing["name"]))))
    unknown = _UNKNOWN.search(what)
    if unknown:
        return InvalidField("There is no such field.", param=".".join(filter(None, (path, unknown["name"][:64]))))
    return InvalidField(f"{what}.".replace("`", ""), param=path or None)
