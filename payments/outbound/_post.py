"""One POST to a receiver, and what is kept of its answer."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.core.signals import setting_changed

from paymenthub.kernel import clock
from paymenthub.kernel.http import Exchange, Request, Timeouts, Transport, TransportError
from payments.outbound.schedule import read_retry_after

_READ_BYTES = 64 * 1024
_KEPT_CHARACTERS = 2048


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try. `error` names the failure where no usable answer came; `response` is redacted and cut."""

    status: int | None = None
    error: str = ""
    elapsed_ms: int = 0
    response: str = ""
    retry_after: float | None = None

    @property
    def accepted(self) -> bool:
        """Tell whether the receiver has the event: any 2xx, nothing else."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Tell whether the receiver wants no more of it."""
        return self.status == HTTPStatus.GONE


def post(url: str, *, address: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """POST to the checked address, once, following no redirect; never raises for what the receiver does."""
    return send("POST", url, address=address, headers=headers, body=body)[0]


def send(method: str, url: str, *, address: str, headers: Mapping[str, str], body: bytes) -> tuple[Answer, bytes]:
    """Send as `post` does, with another method; return the answer's raw body too, at most 64 KB of it, else none."""
    kept: list[Exchange] = []
    request = Request(
        method, url, headers={**headers, "Content-Type": "application/json"}, content=body, pin_address=address
    )
    try:
        response = _transport().send(request, on_exchange=kept.append)
    except TransportError as error:
        return Answer(error=error.cause_name, elapsed_ms=error.elapsed_ms), b""
    answer = Answer(
        status=response.status,
        error="redirect_not_followed" if 300 <= response.status < 400 else "",
        elapsed_ms=response.elapsed_ms,
        response=_storable(kept[0].response_body) if kept else "",
        retry_after=read_retry_after(response.headers.get("Retry-After", ""), now=clock.now()),
    )
    return answer, response.content


@functools.cache
def _transport() -> Transport:
    total = float(settings.CALLBACK_TIMEOUT)
    return Transport(
        Timeouts(connect=min(5.0, total), read=total, write=total, total=total),
        max_response_bytes=_READ_BYTES,
        user_agent=f"PaymentHub/{settings.HUB_VERSION}",
    )


def _storable(text: str) -> str:
    """Cut the text, and replace what PostgreSQL cannot keep: NUL and halves of surrogate pairs."""
    return text[:_KEPT_CHARACTERS].replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _forget(*, setting: str, **_: object) -> None:
    if setting == "CALLBACK_TIMEOUT":
        _transport.cache_clear()


setting_changed.connect(_forget, dispatch_uid="payments.outbound._post")
