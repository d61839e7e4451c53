"""What the header Idempotency-Key may hold."""

from rest_framework.request import Request

from paymenthub.kernel.errors import InvalidField

HEADER = "Idempotency-Key"
_LONGEST = 255


def key_of(request: Request) -> str | None:
    """Return the request's key; None where it has none. Raises InvalidField for a malformed one."""
    given = request.headers.get(HEADER)
    if given is None:
        return None
    key = given.strip()
    if not key or len(key) > _LONGEST or not (key.isascii() and key.isprintable()):
        raise InvalidField(f"A key has 1 to {_LONGEST} printable ASCII characters.", param=HEADER)
    return key
