"""The one way out to other people's servers.

The question that matters after a failure is whether the request may have arrived. `NeverSent` means that not one byte
of it was written; everything else is `SentNoAnswer`. Nothing is sent twice, and no redirect is followed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import httpcore
import httpx

from paymenthub.kernel import db
from paymenthub.kernel._exchange import Exchange, describe
from paymenthub.kernel._messages import (
    NetworkInsideTransaction,
    NeverSent,
    Request,
    Response,
    SentNoAnswer,
    Timeouts,
    TransportError,
    UnreadableAnswer,
)
from paymenthub.kernel._sockets import Backend, Journey, current_journey
from paymenthub.kernel.redact import redact_url

__all__ = [
    "Exchange",
    "NetworkInsideTransaction",
    "NeverSent",
    "Request",
    "Response",
    "SentNoAnswer",
    "Timeouts",
    "Transport",
    "TransportError",
    "UnreadableAnswer",
]

logger = logging.getLogger(__name__)


class Transport:
    """Send requests over a pool of connections. Safe to share between threads, and to use after a fork."""

    def __init__(
        self,
        timeouts: Timeouts | None = None,
        *,
        verify: bool | str | ssl.SSLContext = True,
        max_response_bytes: int = 1024 * 1024,
        user_agent: str = "PaymentHub",
        max_connections: int = 100,
    ) -> None:
        """Prepare the pool. `verify` may be a file of certificate authorities, or an SSL context."""
        self._timeouts = timeouts or Timeouts()
        self._ssl_context = _ssl_context(verify)
        self._max_response_bytes = max_response_bytes
        self._user_agent = user_agent
        self._max_connections = max_connections
        self._backend = Backend()
        self._pool = (os.getpid(), self._new_pool())

    def send(self, request: Request, *, on_exchange: Callable[[Exchange], None] | None = None) -> Response:
        """Send once and read the whole answer, whatever its status.

        Raises NeverSent or SentNoAnswer, and NetworkInsideTransaction where a database transaction is open.
        `on_exchange` is given the redacted record in every case; what it raises is logged and goes no further.
        """
        if db.in_transaction():
            raise NetworkInsideTransaction("Commit first, call second, record third: a transaction is open.")
        started = time.monotonic()
        journey = Journey(self._timeouts.total, request.pin_address)
        token = current_journey.set(journey)
        failure: str | None = None
        response: Response | None = None
        try:
            status, headers, content = self._exchange(request)
            response = Response(status, headers, content, _since(started))
        except Exception as error:  # noqa: BLE001 - whatever it was, money may hang on telling the two cases apart
            failure = "TotalTimeout" if journey.left() <= 0 else _cause_name(error)
        finally:
            current_journey.reset(token)
        elapsed_ms = _since(started)
        _log(request, response, elapsed_ms, failure)
        _record(on_exchange, request, response, elapsed_ms, failure)
        if response is not None:
            return response
        # Raised here and not in the handler: the causes quote header values, and a traceback would print them.
        kind = SentNoAnswer if journey.touched else NeverSent
        raise kind(failure or "Unknown", elapsed_ms)

    def close(self) -> None:
        """Close idle connections; to be used when no request is under way."""
        self._pool[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _exchange(self, request: Request) -> tuple[int, Mapping[str, str], bytes]:
        message = self._encode(request)
        if request.pin_address is None:
            return self._converse(self._pool_of_this_process(), message)
        # A connection of its own: a pooled one to the same host may lead to another address than the pinned one.
        with self._new_pool() as pool:
            return self._converse(pool, message)

    def _converse(
        self, pool: httpcore.ConnectionPool, message: httpcore.Request
    ) -> tuple[int, Mapping[str, str], bytes]:
        with contextlib.closing(pool.handle_request(message)) as answer:
            body = bytearray()
            for chunk in answer.iter_stream():
                body += chunk
                if len(body) > self._max_response_bytes:
                    raise _ResponseTooLarge
            headers = httpx.Headers(answer.headers)
            content = _decode(bytes(body), headers, self._max_response_bytes)
            return answer.status, headers, content

    def _encode(self, request: Request) -> httpcore.Request:
        url = httpx.URL(request.url)
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise httpx.InvalidURL("Only http and https URLs with a host and without a user are called.")
        headers = httpx.Headers({"User-Agent": self._user_agent, "Accept": "*/*"})
        headers.update(dict(request.headers))
        headers["Accept-Encoding"] = "identity"  # nothing that could unpack to a thousand times its size
        message = httpx.Request(request.method, url, headers=headers, content=request.content)
        limits = self._timeouts
        return httpcore.Request(
            message.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=message.headers.raw,
            content=message.read(),
            extensions={
                "timeout": {
                    "connect": limits.connect,
                    "read": limits.read,
                    "write": limits.write,
                    "pool": min(limits.pool, limits.total),
                }
            },
        )

    def _pool_of_this_process(self) -> httpcore.ConnectionPool:
        """Return the pool, a new one after a fork: two processes on one socket would read each other's answers."""
        process, pool = self._pool
        if process != os.getpid():
            pool = self._new_pool()
            self._pool = (os.getpid(), pool)
        return pool

    def _new_pool(self) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._ssl_context,
            max_connections=self._max_connections,
            max_keepalive_connections=self._max_connections,
            keepalive_expiry=15.0,
            retries=0,
            network_backend=self._backend,
        )


class _ResponseTooLarge(Exception):
    """Say that the answer is over the limit."""


class _UnknownEncoding(Exception):
    """Say that the answer is packed in a way that was not asked for."""


def _ssl_context(verify: bool | str | ssl.SSLContext) -> ssl.SSLContext:
    if isinstance(verify, str):
        return ssl.create_default_context(cafile=verify)
    return httpx.create_ssl_context(verify=verify, trust_env=False)


def _decode(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    """Unpack gzip or deflate from servers that do so unasked; never beyond the limit."""
    packing = headers.get("content-encoding", "identity").strip().lower()
    if packing == "identity" or not body:
        return body
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise _UnknownEncoding
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    content = unpacker.decompress(body, limit + 1)
    if len(content) > limit:
        raise _ResponseTooLarge
    if not unpacker.eof:
        raise zlib.error("The packed answer is not complete.")
    return content


def _log(request: Request, response: Response | None, elapsed_ms: int, failure: str | None) -> None:
    host = redact_url(request.url).partition("//")[2].partition("/")[0].partition("?")[0]
    fields = {"method": request.method, "host": host, "elapsed_ms": elapsed_ms}
    if response is None:
        logger.warning("A call got no answer.", extra=fields | {"cause": failure})
    else:
        logger.info("A call was answered.", extra=fields | {"status": response.status})


def _record(
    on_exchange: Callable[[Exchange], None] | None,
    request: Request,
    response: Response | None,
    elapsed_ms: int,
    failure: str | None,
) -> None:
    if on_exchange is None:
        return
    try:
        on_exchange(
            describe(
                method=request.method,
                url=request.url,
                request_headers=request.headers,
                request_body=request.content,
                elapsed_ms=elapsed_ms,
                status=response.status if response else None,
                response_headers=response.headers if response else None,
                response_body=response.content if response else b"",
                error=failure,
            )
        )
    except Exception:  # the provider's answer must not be lost over a note about it
        logger.exception("The record of an exchange could not be kept.")


def _cause_name(error: Exception) -> str:
    """Name the failure: the phase for time-outs, what the system said otherwise."""
    inner = error.args[0] if error.args else None
    if isinstance(inner, Exception) and not isinstance(error, httpcore.TimeoutException):
        return type(inner).__name__
    return type(error).__name__.lstrip("_")


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
