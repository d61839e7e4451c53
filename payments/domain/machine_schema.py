"""Hold a definition against `machine.schema.json`, and say in plain words what is wrong and where."""

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

FILE: Final = Path(__file__).with_name("machine.schema.json")
MAX_PROBLEMS: Final = 50

_KINDS: Final[Mapping[str, str]] = {
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
_NAMED: Final[Mapping[str, tuple[str, str]]] = {
    "states": ("state", "id"),
    "outgoingTransitions": ("event", "inputEvent"),
    "communicationProtocols": ("channel", "id"),
}
_PLACES: Final = ("outputCommand", "sideEffects", "timeout", "headers")


def problems_of(data: object) -> list[str]:
    """Return one sentence for each problem, naming state and event; at most `MAX_PROBLEMS`. Empty for a good one."""
    errors = sorted(_validator().iter_errors(data), key=lambda error: [str(part) for part in error.absolute_path])
    said = dict.fromkeys(sentence for error in errors for sentence in _sentences(data, error))
    return list(said)[:MAX_PROBLEMS]


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))


def _sentences(data: object, error: ValidationError) -> Iterable[str]:
    path = list(error.absolute_path)
    match error.validator:
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            return [f"{_place(data, path)}: {key!r} is missing" for key in missing]
        case "additionalProperties":
            known = list(error.schema.get("properties", ()))
            strange = [key for key in error.instance if key not in known]
            return [f"{_place(data, path)}: {_short(key)} is not known here{_meant(key, known)}" for key in strange]
    if not path:
        return [f"machine: must be {_KINDS['object']}"]
    if isinstance(path[-1], int):
        return [f"{_place(data, path[:-2])}: {path[-2]!r} {_items(error)}"]
    return [f"{_place(data, path[:-1])}: {path[-1]!r} {_complaint(error)}"]


def _place(data: object, path: Sequence[str | int]) -> str:
    """Name a place by the ids that stand there: `state PAID: event refundRequested`."""
    parts: list[str] = []
    here: Any = data
    list_name = ""
    for part in path:
        here = here[part]
        if isinstance(part, str):
            list_name = part
            if part in _PLACES:
                parts.append(part)
        elif list_name in _NAMED:
            word, key = _NAMED[list_name]
            name = here.get(key) if isinstance(here, Mapping) else None
            parts.append(f"{word} {_plain(name[:64])}" if isinstance(name, str) else f"{list_name}[{part}]")
        elif list_name not in _PLACES:
            parts.append(f"{list_name}[{part}]")
    return ": ".join(parts) or "machine"


def _items(error: ValidationError) -> str:
    if error.validator == "type" and error.validator_value == "object":
        return "must hold objects only"
    return f"holds {_short(error.instance)}, which {_complaint(error)}"


def _complaint(error: ValidationError) -> str:
    limit = error.validator_value
    match error.validator:
        case "type":
            return f"must be {_KINDS[limit]}"
        case "enum":
            return f"must be one of {', '.join(limit)}"
        case "minItems" | "minLength":
            return "must not be empty"
        case "maxItems":
            return f"must not hold more than {limit}"
        case "maxProperties":
            return f"must not hold more than {limit} keys"
        case "maxLength":
            return f"must not be longer than {limit} characters"
        case "minimum":
            return f"must be at least {limit}"
        case "maximum":
            return f"must be at most {limit}"
    return str(error.schema["x-says"])


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 66 else f"{text[:63]}…"


def _meant(key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key[:64], known, n=1)
    return f"; perhaps {close[0]!r} is meant" if close else ""
