"""What an event of a step brings along: bounded, storable, and without anything that must not be kept."""

import json
from collections.abc import Mapping
from typing import Any, Final

from paymenthub.kernel.redact import redact_json, storable

MOST_BYTES: Final = 65_536
DEEPEST: Final = 20
_NEVER_KEPT: Final = frozenset({"providerdata"})


class PayloadRefused(ValueError):
    """The payload is too large, too deep, or no JSON object; the text is fit for whoever sent it."""


def clean(payload: Any) -> dict[str, Any]:
    """Return a copy fit for the metadata: providerData is left out, secrets and card numbers are masked.

    Raises `PayloadRefused` for more than 64 KB, more than 20 levels, or what is no JSON object.
    """
    if not isinstance(payload, Mapping):
        raise PayloadRefused("The payload must be a JSON object.")
    plain = _plain(payload, 0)
    if len(json.dumps(plain).encode()) > MOST_BYTES:
        raise PayloadRefused(f"The payload has more than {MOST_BYTES} bytes.")
    cleaned: dict[str, Any] = redact_json(plain)
    return cleaned


def _plain(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise PayloadRefused(f"The payload has more than {DEEPEST} levels.")
    if isinstance(value, Mapping):
        return {
            storable(str(name)): _plain(item, depth + 1)
            for name, item in value.items()
            if "".join(filter(str.isalnum, str(name))).lower() not in _NEVER_KEPT
        }
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, str):
        return storable(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return value
    raise PayloadRefused("The payload holds something that is no JSON.")
