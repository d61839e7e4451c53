"""A PSP's end of the wire: it keeps every request as it came, and answers, or fails to, as it is told."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

import httpx


@dataclass(frozen=True)
class WireRequest:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Parse the body; a number with a fraction or an exponent is refused, since no amount is one."""
        return json.loads(self.body, parse_float=_no_float)

    def form(self) -> dict[str, str]:
        """Parse a form body."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=bool(self.body)))

    @property
    def everything(self) -> str:
        """Return all of it as text, to look for what must or must not be there."""
        return "\n".join([self.method, self.path, str(self.query), str(self.headers), self.body.decode("latin-1")])


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})

    @classmethod
    def of(cls, value: Any, status: int = 200) -> "Reply":
        """Make a JSON answer."""
        return cls(status, json.dumps(value).encode())

    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class WireExchange:
    """A request and the answer that it got; None where the PSP failed to give one."""

    request: WireRequest
    reply: Reply | None


Breakdown = Callable[[socket.socket, threading.Event], None]
"""Does something to the connection in place of an answer; the event is set when the test is over."""
Answer = Callable[[WireRequest], Reply | Breakdown]


def nothing(request: WireRequest) -> NoReturn:
    """Answer nothing: no request is expected."""
    raise AssertionError(f"unexpected {request.method} {request.path}")


def hang(connection: socket.socket, over: threading.Event) -> None:
    """Never answer."""
    over.wait(10)


def close(connection: socket.socket, over: threading.Event) -> None:
    """Close without a byte."""


def reset(connection: socket.socket, over: threading.Event) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def truncate(connection: socket.socket, over: threading.Event) -> None:
    """Promise more bytes than are sent."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"id": "x')


class Wire:
    """A server on loopback. `answer` decides each request; all of them are kept in order."""

    def __init__(self) -> None:
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet: two would wait for each other 40 ms on every answer
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    super().handle_one_request()

            def _serve(self) -> None:
                wire._serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

            def log_message(self, *_args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.reset()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def reset(self, answer: Answer = nothing) -> None:
        """Begin anew: forget what came, free who hangs, answer so from now on."""
        self._over.set()
        with self._lock:
            self._over = threading.Event()
            self.answer = answer
            self.exchanges: list[WireExchange] = []
            self.broken: list[BaseException] = []

    def close(self) -> None:
        """Stop serving."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def requests(self) -> list[WireRequest]:
        """Return every request, in order of its end."""
        return [exchange.request for exchange in self.exchanges]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        request = WireRequest(
            method=handler.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in handler.headers.items()},
            body=handler.rfile.read(int(handler.headers.get("content-length") or 0)),
        )
        over = self._over
        try:
            answer = self.answer(request)
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread, by Bench.ask
            self.broken.append(error)
            answer = Reply(599, b"{}")
        reply = answer if isinstance(answer, Reply) else None
        with self._lock:
            self.exchanges.append(WireExchange(request, reply))
        if not isinstance(answer, Reply):
            answer(handler.connection, over)
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body)
        handler.close_connection = "close" in handler.headers.get("connection", "").lower()


def forwarded(request: WireRequest, client: httpx.Client) -> Reply:
    """Pass a request on to a PSP that runs as a process of its own, and give its answer."""
    passed = {n: v for n, v in request.headers.items() if n not in ("host", "connection", "content-length")}
    answer = client.request(
        request.method, request.path, params=dict(request.query), headers=passed, content=request.body
    )
    kept = {n: v for n, v in answer.headers.items() if n not in ("content-length", "transfer-encoding", "connection")}
    return Reply(answer.status_code, answer.content, kept)


def _no_float(text: str) -> NoReturn:
    raise AssertionError(f"a fraction on the wire: {text}")
