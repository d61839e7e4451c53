"""Sockets that know the deadline of the exchange they serve, and whether any byte of it went out.

httpx bounds each socket operation by itself; a peer that drips one byte at a time is never late for it. And its
exceptions only hint at whether a request left. Both are known for sure at the socket, so they are settled there.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import httpcore
from httpcore import SOCKET_OPTION

_CHUNK = 16 * 1024


class Journey:
    """Follow one exchange: until when it may last, where it must go, whether anything of it was written."""

    def __init__(self, total: float, pin: str | None) -> None:
        self._deadline = time.monotonic() + total
        self.pin = pin
        self.touched = False  # set before the first write: from then on the peer may have the request

    def left(self) -> float:
        """Return the seconds left, 0 or less when the time is up."""
        return self._deadline - time.monotonic()

    def allow(self, limit: float | None, late: type[httpcore.TimeoutException]) -> float:
        """Return how long the next operation may take; raises `late` when the time is up."""
        left = self.left() if limit is None else min(limit, self.left())
        if left <= 0:
            raise late("The time is up.")
        return left


# httpcore's blocking pool does all work for a request in the thread that asked, so a ContextVar finds its journey.
current_journey: ContextVar[Journey] = ContextVar("paymenthub_http_journey")


class Stream(httpcore.NetworkStream):
    """Wrap a socket of httpcore's."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read once, within the deadline."""
        return self._inner.read(max_bytes, current_journey.get().allow(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all, within the deadline."""
        journey = current_journey.get()
        for start in range(0, len(buffer), _CHUNK):
            allowed = journey.allow(timeout, httpcore.WriteTimeout)
            journey.touched = True
            self._inner.write(buffer[start : start + _CHUNK], allowed)

    def close(self) -> None:
        """Close the socket."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Shake hands, within the deadline."""
        allowed = current_journey.get().allow(timeout, httpcore.ConnectTimeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, allowed))

    def get_extra_info(self, info: str) -> Any:
        """Ask the wrapped socket."""
        return self._inner.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Open sockets. Name look-up itself cannot be bounded here; the system's resolver has its own limits."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the pinned address, or to the first of the host's that answers; the time is shared among them."""
        journey = current_journey.get()
        addresses = [journey.pin] if journey.pin else _look_up(host, port)
        until = time.monotonic() + journey.allow(timeout, httpcore.ConnectTimeout)
        last: Exception = httpcore.ConnectError("The host has no address.")
        for tried, address in enumerate(addresses):
            share = (until - time.monotonic()) / (len(addresses) - tried)
            try:
                allowed = journey.allow(share, httpcore.ConnectTimeout)
                return Stream(self._inner.connect_tcp(address, port, allowed, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last


def _look_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(error) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
