"""Sign callbacks after Standard Webhooks (standardwebhooks.com), so that receivers can use any of its libraries."""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # bytes; the specification's bounds


class InvalidSecret(ValueError):
    """Say that a text is not a signing secret. Never holds the text."""


def new_secret() -> str:
    """Make a signing secret: `whsec_` and the base64 of 32 random bytes."""
    return _PREFIX + base64.b64encode(os.urandom(32)).decode()


def secret_bytes(secret: str) -> bytes:
    """Return the key in a secret; raises InvalidSecret."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise InvalidSecret(f"A signing secret is {_PREFIX} and the base64 of {_SHORTEST} to {_LONGEST} bytes.")
    return key


def signed_headers(*, secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the three headers of a signed message; `timestamp` in seconds since 1970.

    Every secret gives one signature, so that receivers may hold the old or the new one while secrets are changed.
    """
    if not secrets:
        raise InvalidSecret("There is no secret to sign with.")
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(signature).decode()}" for signature in signatures),
    }
