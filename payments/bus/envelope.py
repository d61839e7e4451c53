"""CloudEvents 1.0 in JSON: how a message of ours is written, and how one of others is read."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudevents.conversion import to_json
from cloudevents.exceptions import GenericException
from cloudevents.http import CloudEvent, from_dict

from paymenthub.kernel.errors import MalformedRequest
from paymenthub.kernel.strict_json import read_object
from payments.models import BusMessage
from payments.services.bus_events import written

from .schemas import VERSION

CONTENT_TYPE = "application/cloudevents+json"
_LONGEST = 255


class Unreadable(Exception):
    """A message cannot be understood; the text says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message from the bus: `id` and `source` together name it, and the same one is taken once."""

    id: str
    source: str
    type: str
    project: str
    mode: str
    data: Mapping[str, Any] = field(repr=False)


def render(message: BusMessage) -> bytes:
    """Write a message; the same bytes in every try."""
    event = CloudEvent(
        {
            "specversion": "1.0",
            "id": str(message.id),
            "source": f"/projects/{message.project_id}/{message.mode}",
            "type": message.type,
            "subject": str(message.subject),
            "time": written(message.created_at),
            "datacontenttype": "application/json",
            "dataschema": f"urn:paymenthub:{message.type}:{VERSION}",
            "partitionkey": str(message.subject),
            "sequence": f"{message.number:010d}",  # compared as text, by the extension's definition
            "hubproject": f"prj_{message.project_id.hex}",
            "hubmode": message.mode,
        },
        message.data,
    )
    return to_json(event)


def read(body: bytes, *, headers: Mapping[str, Any], properties: Mapping[str, Any], routing_key: str) -> Envelope:
    """Read a structured CloudEvent, or a bare body whose type and id are named beside it. Raises `Unreadable`."""
    try:
        found = read_object(body)
    except MalformedRequest as error:
        raise Unreadable(error.message) from None
    return _event(found) if "specversion" in found else _bare(found, headers, properties, routing_key, body)


def _event(found: dict[str, Any]) -> Envelope:
    if "data_base64" in found:
        raise Unreadable("data_base64: only JSON data is read.")
    try:
        event = from_dict(found)
    except (GenericException, ValueError, TypeError, AttributeError) as error:
        raise Unreadable(f"This is no CloudEvent: {type(error).__name__}.") from None
    if event["specversion"] != "1.0":
        raise Unreadable("specversion: only 1.0 is read.")
    data = found.get("data")
    if not isinstance(data, dict):
        raise Unreadable("data: must be a JSON object.")
    return Envelope(
        id=_text(found, "id", required=True),
        source=_text(found, "source", required=True),
        type=_text(found, "type", required=True),
        project=_text(found, "hubproject"),
        mode=_text(found, "hubmode"),
        data=data,
    )


def _bare(
    found: dict[str, Any],
    headers: Mapping[str, Any],
    properties: Mapping[str, Any],
    routing_key: str,
    body: bytes,
) -> Envelope:
    """A body without an id of its own gets one that is made of it: the same body is the same message."""
    named = {"type": headers.get("type") or properties.get("type") or routing_key}
    named["id"] = (
        headers.get("id") or properties.get("message_id") or f"body:{uuid.uuid5(uuid.NAMESPACE_OID, body.hex())}"
    )
    named["source"] = headers.get("source") or "bare"
    named["project"], named["mode"] = headers.get("hubproject") or "", headers.get("hubmode") or ""
    texts = {name: _text(named, name, required=name not in ("project", "mode")) for name in named}
    return Envelope(**texts, data=found)


def _text(found: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    value = found.get(name, "")
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable() or (required and not value):
        raise Unreadable(f"{name}: must be a text of 1 to {_LONGEST} printable characters.")
    return value
