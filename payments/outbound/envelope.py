"""The body of a callback."""

import json
from datetime import UTC

from payments.models import OutboxEvent


def render(event: OutboxEvent) -> bytes:
    """Return the event's body with `eventId`, `eventType`, `sequence` and `occurredAt`; the same bytes in every try."""
    occurred_at = event.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    envelope = {
        "eventId": event.public_id,
        "eventType": event.type,
        "sequence": event.sequence,
        "occurredAt": occurred_at,
    }
    return json.dumps({**event.body, **envelope}, ensure_ascii=False, separators=(",", ":")).encode()
