"""Talk JSON to a PSP: one place where transport trouble and status codes become the errors of the contract."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from paymenthub.kernel.http import NeverSent, Request, Response, SentNoAnswer, UnreadableAnswer
from paymenthub.kernel.redact import redact_text

from .errors import AuthFailed, DriverError, OutcomeUnknown, Rejected, Unavailable
from .port import Call


def send_json(
    call: Call,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, str] | None = None,
    moves_money: bool,
) -> tuple[int, Any]:
    """Send once; return the status and the parsed body of an answer that is not a refusal by status code.

    429 is `Unavailable`. 5xx, an unreadable answer and silence after sending are `OutcomeUnknown` where money may have
    moved and `Unavailable` for a read. 401 and 403 are `AuthFailed`. Other 4xx are returned: their meaning is the PSP's.
    """
    content = b"" if body is None else json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
    sent = {"Accept": "application/json", **headers}
    if body is not None:
        sent["Content-Type"] = "application/json"
    request = Request(method, f"{url}?{urlencode(query)}" if query else url, sent, content)
    try:
        response = call.transport.send(request, on_exchange=call.on_exchange)
        return _read(response)
    except NeverSent as error:
        raise Unavailable(f"The provider could not be reached ({error.cause_name}).") from None
    except SentNoAnswer as error:  # an unreadable answer is one of these
        raise _unknown(f"No usable answer from the provider ({error.cause_name}).", moves_money) from None
    except _ServerError as error:
        raise _unknown(str(error), moves_money) from None


class _ServerError(Exception):
    """The PSP answered with 5xx."""


def _unknown(message: str, moves_money: bool) -> DriverError:
    return OutcomeUnknown(message) if moves_money else Unavailable(message)


def _read(response: Response) -> tuple[int, Any]:
    status = response.status
    if status == 429:
        raise Unavailable("The provider asks to slow down (429).")
    if status in (401, 403):
        raise AuthFailed(f"The provider refused the credentials ({status}).")
    if status >= 500:
        raise _ServerError(f"The provider failed ({status}).")
    if (not 200 <= status < 300 and not 400 <= status < 500) or status in (
        408,
        425,
    ):  # the last two: somebody in between
        raise UnreadableAnswer(f"Status{status}", response.elapsed_ms)
    return status, response.json()


def rejected(status: int, code: object, message: object, request_id: str = "") -> Rejected:
    """Make the error of a request that the PSP refused as wrong; a PSP may quote keys and cards, so it is redacted."""
    told = redact_text(str(message or "refused"))
    return Rejected(
        f"{told[:240]} ({status})",
        psp_code=redact_text(str(code or status))[:128],
        request_id=redact_text(request_id)[:128],
    )
