"""Let web pages of listed origins call the browser's part of `/pgm-bff`, and none of the rest."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from payments.selectors.browser_origins import is_known

TOKEN_HEADER = "X-Payment-Token"  # noqa: S105 - a header's name
_PATHS = re.compile(
    r"/pgm-bff/(?:payment/[^/]{1,255}/methods|payment-info|pay|pay-recurrent|pay-polling|pay-by-link|create|"
    r"apple-pay-session|tokenization)"
)
_ASKED = "secret, authorization, content-type, idempotency-key, x-request-id, " + TOKEN_HEADER.lower()
_SHOWN = "Idempotency-Replayed, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id"
_REMEMBERED = "600"  # seconds


class BrowserOriginsMiddleware:
    """Answer preflights, and name the origin in answers, where any project lists it.

    Whether it is the key's own project is checked with the key, which a preflight does not bring.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _PATHS.fullmatch(request.path):
            return self._get_response(request)
        origin = request.headers.get("Origin", "")
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse(status=204) if origin and is_preflight else self._get_response(request)
        response["Vary"] = ", ".join(filter(None, (response.get("Vary", ""), "Origin")))
        if origin and is_known(origin):
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Expose-Headers"] = _SHOWN
            if is_preflight:
                response["Access-Control-Allow-Methods"] = "GET, POST"
                response["Access-Control-Allow-Headers"] = _ASKED
                response["Access-Control-Max-Age"] = _REMEMBERED
        return response
