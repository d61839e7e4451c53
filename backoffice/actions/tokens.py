"""One-time form tokens: signed, for one user, one action and one place among the forms of one object."""

import uuid
from dataclasses import dataclass

from django.core import signing

_SALT = "backoffice.form"
_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class Token:
    """Which form it is; `seen` is the refundable amount (minor units) that its page showed."""

    user: str
    action: str
    object_id: uuid.UUID
    number: int
    seen: int | None = None

    def signed(self) -> str:
        """Write it for a hidden field."""
        return signing.dumps([self.user, self.action, self.object_id.hex, self.number, self.seen], salt=_SALT)


def read(text: str, *, user: str, action: str, object_id: uuid.UUID) -> Token | None:
    """Read a token back; None for one that is too old, altered, or of another user, action or object."""
    try:
        for_user, for_action, for_object, number, seen = signing.loads(text, salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return None
    if (for_user, for_action, for_object) != (user, action, object_id.hex):
        return None
    return Token(user, action, object_id, number, seen)
