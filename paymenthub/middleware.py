"""Every request has an id: in its logs, its errors and its answer."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from paymenthub.kernel import ids, log

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestContextMiddleware:
    """Take `X-Request-Id` where it is well-formed, make one otherwise, and send it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _ID.fullmatch(given) else ids.new_uuid().hex
        request.META["hub.request_id"] = request_id
        with log.bind(request_id=request_id):
            response = self._get_response(request)
        response["X-Request-Id"] = request_id
        return response
