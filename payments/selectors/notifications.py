"""The raw bodies of notifications: sealed at rest, since PSPs put tokens and addresses into them."""

import uuid

from payments.models import InboxMessage

from .keyring import ring


def _context(message_id: uuid.UUID) -> bytes:
    return b"notification:" + message_id.bytes


def sealed_body(message_id: uuid.UUID, body: bytes) -> bytes:
    """Seal a body for its own row."""
    return ring().seal(body, context=_context(message_id)).encode()


def body_of(message: InboxMessage) -> bytes:
    """Open a notification's body, byte for byte as it came. Raises SealBroken where its key is gone."""
    return ring().open(bytes(message.body).decode(), context=_context(message.id))
