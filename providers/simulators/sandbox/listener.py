"""Listen on a port that can be closed, so that connections are refused, and opened again."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol


class _Protocol(H11Protocol):
    """HTTP/1.1 that lets the application see its connection, so that faults can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["sandpay.transport"] = transport
            await app(scope, receive, send)

        self.app = with_transport


class _Server(uvicorn.Server):
    """A server that leaves signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """Bind and listen; `OSError` where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(2048)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


class Listener:
    """One application on one port; the port stays the same however often it is closed."""

    def __init__(self, app: ASGIApp, bound: socket.socket) -> None:
        self.host, self.port = bound.getsockname()[:2]
        self._bound = bound
        self._open = True
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)

    @property
    def url(self) -> str:
        """Return the address of the port."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    async def serve(self) -> None:
        """Serve until `stop` is called."""
        await self._server.serve(sockets=[self._bound])

    async def started(self) -> None:
        """Wait until requests are answered."""
        while not self._server.started:
            await asyncio.sleep(0.005)

    def stop(self) -> None:
        """End serving: running requests get one second."""
        self._server.should_exit = True

    async def close(self) -> None:
        """Refuse new connections and drop idle ones; requests being answered are answered."""
        self._open = False
        for server in self._server.servers:
            server.close()
        for connection in list(self._server.server_state.connections):
            connection.shutdown()

    async def open(self) -> None:
        """Listen again; `OSError` where somebody else took the port."""
        if self._open:
            return
        bound = bind(self.host, self.port)
        await self._server.startup(sockets=[bound])
        self._open = True
