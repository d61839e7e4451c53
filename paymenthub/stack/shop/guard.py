"""What stands before every page of the shop: its own name, its own forms, and a name for each visitor."""

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_VISITOR = "shop_visitor"
_YEAR = 365 * 24 * 3600
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Answers to its own name only, takes forms of its own pages only, and gives each visitor a name."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._hosts = {host, host.replace("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        origin = request.headers.get("origin")
        # A name that leads to loopback must not let another site's page use this.
        if request.headers.get("host") not in self._hosts or (origin and urlsplit(origin).netloc not in self._hosts):
            await Response("Open this by 127.0.0.1.", status_code=403)(scope, receive, send)
            return
        visitor = request.cookies.get(_VISITOR, "")
        is_new = not re.fullmatch(r"[0-9a-f]{32}", visitor)
        scope["shop.visitor"] = secrets.token_hex(16) if is_new else visitor

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = dict(_HEADERS)
                if is_new and not request.url.path.startswith(("/static", "/payment-news")):
                    headers["Set-Cookie"] = (
                        f"{_VISITOR}={scope['shop.visitor']}; Path=/; HttpOnly; SameSite=Lax; Max-Age={_YEAR}"
                    )
                message["headers"] = [
                    *message["headers"],
                    *((name.lower().encode(), value.encode()) for name, value in headers.items()),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)
