"""Tell an outside Flow Manager how a mail that it asked for ended."""

import uuid
from collections.abc import Mapping
from typing import Any

from paymenthub.kernel import db
from paymenthub.kernel.http import TransportError

from ._http import post_event


class NotTold(OSError):
    """The Flow Manager did not take it; it is told again."""


def tell(key: str, event: str, payload: Mapping[str, Any]) -> None:
    """POST one event, the same id in every try. Raises NotTold."""
    envelope = {"key": key, "value": {"messageLabel": event, "messagePayload": dict(payload)}}
    event_id = f"evt_{uuid.uuid5(uuid.NAMESPACE_OID, f'{key}:{event}').hex}"
    db.release_connection()
    try:
        response = post_event(event_id=event_id, envelope=envelope)
    except TransportError as error:
        raise NotTold(error.cause_name) from None
    if not 200 <= response.status < 300:
        raise NotTold(f"HTTP {response.status}")
