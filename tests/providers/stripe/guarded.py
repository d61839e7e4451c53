"""A transport that shows each request, and each answer, to Stripe's own description of its API."""

from collections.abc import Callable
from urllib.parse import urlsplit

from paymenthub.kernel.http import Exchange, Request, Response, Timeouts, Transport

from . import spec_guard


class GuardedTransport(Transport):
    """Raises `spec_guard.Violation` for what Stripe's description does not allow; keeps what was sent."""

    def __init__(self, *, answers: bool = True) -> None:
        super().__init__(Timeouts(connect=2, read=8, total=10))
        self._answers = answers
        self.sent: list[Request] = []

    def send(self, request: Request, *, on_exchange: Callable[[Exchange], None] | None = None) -> Response:
        self.sent.append(request)
        parts = urlsplit(request.url)
        if spec_guard.is_there():
            spec_guard.check_request(request.method, parts.path, parts.query, request.content)
        response = super().send(request, on_exchange=on_exchange)
        if self._answers and spec_guard.is_there():
            spec_guard.check_answer(request.method, parts.path, response.status, response.content)
        return response
