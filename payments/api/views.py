"""What every API view shares."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from paymenthub.kernel.client_address import client_address
from paymenthub.kernel.errors import Unauthenticated
from payments.models import Scope
from payments.selectors.api_keys import KeyIdentity
from payments.services.abuse import guard_keyless

from .idempotency_header import key_of
from .throttling import KeyAndPathThrottle, Rate

READERS: frozenset[str] = frozenset({Scope.PAYMENTS.value, Scope.READ.value})
PAYERS: frozenset[str] = frozenset({Scope.PAYMENTS.value})


class HubAPIView(APIView):
    """A view of the API: `required_scopes` names, for each of its methods, the scopes of which a key needs one."""

    required_scopes: ClassVar[Mapping[str, frozenset[str]]] = {}
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]  # no OPTIONS: browsers have no business here
    throttle_classes = [KeyAndPathThrottle]
    rate: Rate | None = None
    """Where the caller stands in the window of API_RATE_LIMIT; None where nothing was counted."""
    work_began = False
    """Whether the request got past key and permission, so that something may have been done."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the key and its scopes, and a POST's Idempotency-Key, then note that work begins."""
        try:
            super().initial(request, *args, **kwargs)
        except (Unauthenticated, AuthenticationFailed, NotAuthenticated):
            guard_keyless(client_address(request.META, settings.TRUSTED_PROXIES))
            raise
        if request.method == "POST":
            key_of(request)
        self.work_began = True

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Tell the caller how much of its rate is left, also with an error."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.rate.headers().items() if self.rate else ():
            answer[name] = value
        return answer


def request_id(request: Any) -> str:
    """Return the id under which the request is logged."""
    return str(request.META.get("hub.request_id", ""))


def caller(request: Request) -> KeyIdentity:
    """Return whom the request's key speaks for. Raises Unauthenticated where there was no key."""
    identity: object = request.auth
    if not isinstance(identity, KeyIdentity):
        raise Unauthenticated("An API key is needed: `Authorization: Bearer phk_…` or the header `secret`.")
    return identity
