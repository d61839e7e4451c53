"""Make the two ASGI applications: the company's public face and the control desk behind it."""

import asyncio
import secrets

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import answers, api, control, errors, link_api, pages, subscription_api
from .errors import ApiError
from .sandpay import Sandpay


class RequestContext:
    """Gives every request an id, puts it on the answer, and cleans up however the request ends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = f"req_{secrets.token_hex(8)}"
        scope["sandpay.request_id"] = request_id
        scope["sandpay.finally"] = []

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Sandpay-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except asyncio.CancelledError:  # the process ends: whoever waits is cut off, as by a crash
            await answers.hang_up(scope, receive)
        finally:
            for clean_up in scope["sandpay.finally"]:
                clean_up()


def _make(sandpay: Sandpay, routes: list[BaseRoute]) -> ASGIApp:
    app = Starlette(
        routes=routes,
        exception_handlers={
            ApiError: errors.handle_api_error,
            HTTPException: errors.handle_http_error,
            500: errors.handle_crash,
        },
    )
    app.state.sandpay = sandpay
    return app


def make_public(sandpay: Sandpay) -> ASGIApp:
    """Make the API and the payment page."""
    return RequestContext(_make(sandpay, [*api.ROUTES, *link_api.ROUTES, *subscription_api.ROUTES, *pages.ROUTES]))


def make_control(sandpay: Sandpay, listener: object) -> ASGIApp:
    """Make the control API, which opens and closes `listener`."""
    routes: list[BaseRoute] = [*control.ROUTES]
    app = _make(sandpay, routes)
    app.state.listener = listener  # type: ignore[attr-defined]
    return RequestContext(app)
