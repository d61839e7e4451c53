"""Check what PaymentHub has signed: callbacks (Standard Webhooks), and the parameters with which a customer comes back.

Nothing but the standard library: copy it.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

TOLERANCE = 300  # seconds between the sender's clock and this one


class NotGenuine(Exception):
    """The message is not from the hub, was changed, or is too old."""


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Raise NotGenuine unless the message was signed with this secret (`whsec_…`) a short time ago.

    `body` must be the bytes as they came, not JSON that was parsed and written again; header names are in lower case.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(time.time() - int(timestamp)) > TOLERANCE:
        raise NotGenuine("The timestamp is missing or too old.")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    # Several signatures, separated by spaces, while the secret is being changed: one of them must be right.
    for signature in headers.get("webhook-signature", "").split():
        if hmac.compare_digest(signature.encode(), expected):
            return
    raise NotGenuine("No signature fits.")


def verify_return(secret: str, query: Mapping[str, str]) -> None:
    """Raise NotGenuine unless a customer was sent back with these parameters a short time ago.

    `query` holds the parsed parameters of the request to your success or failure page. Act on the callback all the same:
    a customer may close the window, and may show an address that was theirs to a friend.
    """
    timestamp = query.get("timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(time.time() - int(timestamp)) > TOLERANCE:
        raise NotGenuine("The timestamp is missing or too old.")
    names = ("paymentId", "shopTransactionId", "status", "timestamp")
    signed = "\n".join(["return", *(query.get(name, "") for name in names)]).encode()
    expected = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).hexdigest().encode()
    # Several signatures, separated by dots, while the secret is being changed: one of them must be right.
    for signature in query.get("signature", "").split("."):
        if hmac.compare_digest(signature.encode(), expected):
            return
    raise NotGenuine("No signature fits.")
