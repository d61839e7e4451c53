"""The messages of the bus as JSON Schemas (draft-07): one file each, the source of validation and of the AsyncAPI document."""

import functools
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, FormatChecker

OUTGOING = (
    "payment-requested",
    "payment-succeeded",
    "payment-failed",
    "refund-requested",
    "refund-processed",
    "refund-failed",
)
INCOMING = (
    "authorize-payment",
    "order-created",
    "order-confirmed",
    "order-completed",
    "order-cancelled",
    "fraud-check-passed",
    "fraud-check-failed",
)
VERSION = "1.0.0"
_FOLDER = Path(__file__).with_name("messages")


def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or (len(value) == 36 and str(uuid.UUID(value)) == value.lower())


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


# Its own two formats and no others: the library checks some of them only where further libraries happen to be there.
_formats = FormatChecker(formats=())
_formats.checkers = {"uuid": (_is_uuid, ValueError), "date-time": (_is_moment, ValueError)}


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """Return the schema of a message. Raises FileNotFoundError for one that there is not."""
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


@functools.cache
def _validator(name: str) -> Draft7Validator:
    return Draft7Validator(schema(name), format_checker=_formats)


def problem(name: str, data: Mapping[str, Any]) -> str:
    """Say what is wrong with a message's data by place and rule, never with the value itself; nothing where it is right."""
    errors = sorted(_validator(name).iter_errors(data), key=lambda error: [str(part) for part in error.absolute_path])
    if not errors:
        return ""
    first = errors[0]
    place = ".".join(str(part) for part in first.absolute_path) or "data"
    if first.validator == "required":
        missing = [field for field in first.validator_value if field not in first.instance]
        return f"{place}: {', '.join(missing)} missing"
    return f"{place}: breaks the rule {first.validator}"
