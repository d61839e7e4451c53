"""Watch where a driver connects to: only its account's base URL, and nowhere at all while it reads a notification."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_thread = threading.local()


class ElsewhereConnected(BaseException):
    """A driver went somewhere else; no `except Exception` of a driver or SDK may hide it."""


@contextmanager
def driving(port: int | None) -> Iterator[None]:
    """Let this thread connect to that port of loopback only (None: nowhere), until the block ends."""
    _thread.allowed = (port,)
    try:
        yield
    finally:
        del _thread.allowed


def install(patch: pytest.MonkeyPatch) -> None:
    """Put the guard before every connection and every name look-up of this process."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: Any, port: Any) -> None:
        allowed = getattr(_thread, "allowed", None)
        if allowed is not None and (host, port) not in {("127.0.0.1", allowed[0]), ("localhost", allowed[0])}:
            raise ElsewhereConnected(f"{host}:{port} is not the account's base URL")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(address[0], address[1])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(address[0], address[1])
        return connect_ex(self, address)

    def guarded_look_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        check(host.decode() if isinstance(host, bytes) else host, port)
        return look_up(host, port, *rest, **more)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket, "getaddrinfo", guarded_look_up)
