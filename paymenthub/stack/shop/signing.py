"""Check what claims to come from the hub: callbacks, and the customer's return. The standard library is all it takes."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence

_TOLERANCE = 300  # seconds
_SIGNED = ("paymentId", "shopTransactionId", "status", "timestamp")


class NotGenuine(Exception):
    """It is not from the hub, was changed, or is too old."""


def verify_callback(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """Return the message's id. Raises NotGenuine; header names are in lower case."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(time.time() - int(timestamp)) > _TOLERANCE:
        raise NotGenuine("The timestamp is missing or too old.")
    expected = b"v1," + base64.b64encode(_digest(secret, f"{message_id}.{timestamp}.".encode() + body))
    if not any(hmac.compare_digest(given.encode(), expected) for given in headers.get("webhook-signature", "").split()):
        raise NotGenuine("No signature fits.")
    return message_id


def verify_return(secret: str, query: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what the hub says with the customer's return. Raises NotGenuine.

    The hub's parameters come last, so that nobody can put others before them.
    """
    told = dict(query)
    content = "\n".join(["return", *(told.get(name, "") for name in _SIGNED)]).encode()
    expected = _digest(secret, content).hex()
    if not any(hmac.compare_digest(given, expected) for given in told.get("signature", "").split(".")):
        raise NotGenuine("The address was not signed by the payment service, or was changed.")
    return {name: told[name] for name in _SIGNED}


def _digest(secret: str, content: bytes) -> bytes:
    return hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
