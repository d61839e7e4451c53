"""Fixtures for the tests of what leaves the hub."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.payments.outbound.receiver import Received, Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver on loopback."""
    heard = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard.received.append(Received(self.command, self.path, headers, body))
            heard.arrived.set()
            if heard.answer:
                heard.answer(self)
                return
            self.send_response(heard.status)
            for name, value in {**heard.headers, "Content-Length": str(len(heard.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(heard.body)

        do_GET = do_PUT = do_PATCH = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of clients that went away: some tests are about them."""

    with Server(("127.0.0.1", 0), Handler) as server:
        heard.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield heard
        server.shutdown()
        thread.join()
