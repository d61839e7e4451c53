"""What every answer below /admin/ tells the browser: keep nothing, run nothing that is not ours, be in no frame."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

_PREFIX = "/admin/"
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'unsafe-eval'",  # Alpine, which draws unfold's menus, makes functions of its attributes
        "style-src 'self' 'unsafe-inline'",  # unfold writes its colours, and charts their sizes, into the page
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
"""An injected <script> or handler does not run, whatever a template forgot, and nothing goes to another host."""


class BackofficeHeadersMiddleware:
    """Add the headers; what a view has said itself stays, where it is stricter."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with them."""
        response = self._get_response(request)
        if request.path_info.startswith(_PREFIX):
            patch_cache_control(response, private=True, no_store=True)
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
