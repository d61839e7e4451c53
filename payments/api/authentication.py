"""Who calls: a key as `Authorization: Bearer phk_…` or in the header `secret`."""

from typing import NoReturn

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from paymenthub.kernel.crypto import constant_time_equal
from paymenthub.kernel.errors import Unauthenticated
from payments.selectors import api_keys
from payments.selectors.api_keys import KeyIdentity

_LONGEST = 256
CHALLENGE = 'Bearer realm="PaymentHub"'


class ApiKeyAuthentication(BaseAuthentication):
    """Set `request.auth` to the key's `KeyIdentity`; a request without a key stays anonymous.

    Raises Unauthenticated, with one text for every reason, so that nobody learns which keys exist.
    """

    def authenticate(self, request: Request) -> tuple[None, KeyIdentity] | None:
        """Identify the caller by the key that came with the request."""
        given = _given(request)
        if given is None:
            return None
        identity = api_keys.identify(given) if len(given) <= _LONGEST and given.isascii() else None
        if identity is None:
            raise Unauthenticated("The API key is not valid.")
        return None, identity

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme that a refused caller should use."""
        return CHALLENGE


def _given(request: Request) -> str | None:
    secret = request.headers.get("secret")
    bearer = request.headers.get("Authorization")
    if bearer is None:
        return secret
    scheme, _, token = bearer.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        _refuse("Authorization must read `Bearer` and the API key.")
    if secret is not None and not constant_time_equal(secret.encode(), token.encode()):
        _refuse("Authorization and secret hold different API keys.")
    return token


def _refuse(message: str) -> NoReturn:
    raise Unauthenticated(message)
