"""Which payments a browser may see: a signed cookie names them."""

import uuid

from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "hub_checkout"
_SALT = "payments.checkout.visitor"
_MOST = 8
_LIFETIME = 2 * 86400  # seconds; a receipt may be looked at again the next day


def payments_of(request: HttpRequest) -> list[uuid.UUID]:
    """Return the payments that this browser has opened, the latest last; none where the cookie is missing or forged."""
    try:
        named = signing.loads(request.COOKIES.get(COOKIE, "")[:2048], salt=_SALT, max_age=_LIFETIME)
        return [uuid.UUID(hex=each) for each in named]
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return []


def may_see(request: HttpRequest, payment_id: uuid.UUID) -> bool:
    """Tell whether this browser has opened the payment."""
    return payment_id in payments_of(request)


def remember(request: HttpRequest, response: HttpResponse, payment_id: uuid.UUID) -> None:
    """Let this browser see the payment; the eight latest are kept."""
    known = [each for each in payments_of(request) if each != payment_id]
    named = [each.hex for each in [*known, payment_id][-_MOST:]]
    response.set_cookie(
        COOKIE,
        signing.dumps(named, salt=_SALT),
        max_age=_LIFETIME,
        path="/payment",
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
    )
