"""What goes to and comes from the transport: requests, answers, time limits, failures."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

from paymenthub.kernel.redact import redact_url


class NetworkInsideTransaction(RuntimeError):
    """Say that somebody called the network while holding a database transaction: a bug."""


class TransportError(Exception):
    """Say that no answer came. Holds no URL, header or body; `cause_name` is the kind of failure."""

    def __init__(self, cause_name: str, elapsed_ms: int) -> None:
        super().__init__(cause_name, elapsed_ms)
        self.cause_name = cause_name
        self.elapsed_ms = elapsed_ms

    def __str__(self) -> str:
        return f"{self.cause_name} after {self.elapsed_ms} ms"


class NeverSent(TransportError):
    """Say that surely nothing of the request was written to a connection."""


class SentNoAnswer(TransportError):
    """Say that the request may have arrived, and no usable answer came: the outcome is unknown."""


class UnreadableAnswer(SentNoAnswer):
    """Say that an answer came but is not what it should be: the outcome is as unknown as without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds for each step, and for the whole exchange (`total`), however slowly the peer drips."""

    connect: float = 3.0
    read: float = 20.0
    write: float = 5.0
    pool: float = 2.0
    total: float = 25.0


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A request. `pin_address` connects to that IP address, whatever the URL's host resolves to.

    The Host header and the name that the certificate must carry stay those of the URL.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    allow_redirects: bool = False
    pin_address: str | None = None

    def __post_init__(self) -> None:
        if self.allow_redirects:
            raise ValueError("Redirects are never followed: a second request is a second decision.")
        if self.pin_address is not None:
            ipaddress.ip_address(self.pin_address)

    def __repr__(self) -> str:
        return f"<Request {self.method} {redact_url(self.url).partition('?')[0]}>"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read completely. Header names are found in any case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    elapsed_ms: int

    def json(self) -> Any:
        """Parse the body, fractions as Decimal so that amounts stay exact; raises UnreadableAnswer."""
        try:
            return json.loads(self.content, parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            pass
        raise UnreadableAnswer("NotJson", self.elapsed_ms)  # outside the handler: its error quotes the body


def _no_constant(word: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON.")
