"""What came of one conversation with a mail server, in our words."""

import smtplib
import socket
import ssl
from dataclasses import dataclass

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import BadHeaderError, EmailMultiAlternatives

from paymenthub.kernel import clock
from paymenthub.kernel.redact import redact_text

_TRY_AGAIN_HTTP = frozenset({401, 403, 408, 425, 429})


@dataclass(frozen=True, slots=True)
class Result:
    """Whether the server has the mail. `permanent`: it never will, however often it is asked."""

    accepted: bool
    permanent: bool = False
    code: int | None = None
    error: str = ""
    elapsed_ms: int = 0


def send(message: EmailMultiAlternatives) -> Result:
    """Give a mail to its backend, once; never raises for what the server does."""
    began = clock.monotonic()
    try:
        message.send()
    except Exception as error:  # noqa: BLE001 - a backend may raise anything; the mail is tried again or put before a person
        permanent, code, text = _read(error)
        return Result(False, permanent, code, _storable(text), _since(began))
    refused = getattr(message.connection, "refused", {}) or {}
    said = "; ".join(f"{who}: {code} {_decoded(answer)}" for who, (code, answer) in refused.items())
    return Result(True, code=250 if not refused else None, error=_storable(said), elapsed_ms=_since(began))


def _read(error: Exception) -> tuple[bool, int | None, str]:
    """Tell whether it is for good, the server's code, and what it said."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return False, error.smtp_code, "The mail server refused the user or password."
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _ in error.recipients.values()]
            said = "; ".join(f"{code} {_decoded(text)}" for code, text in error.recipients.values())
            return all(code >= 500 for code in codes), max(codes, default=None), said
        case smtplib.SMTPResponseException():
            return 500 <= error.smtp_code < 600, error.smtp_code, _decoded(error.smtp_error)
        case smtplib.SMTPNotSupportedError():
            return True, None, str(error)
        case smtplib.SMTPException():
            return False, None, f"{type(error).__name__}: {error}"
        case AnymailRecipientsRefused():
            return True, None, "The mail service refused all recipients."
        case AnymailAPIError():
            status = getattr(error, "status_code", None)
            permanent = isinstance(status, int) and 400 <= status < 500 and status not in _TRY_AGAIN_HTTP
            return permanent, status, f"The mail service answered {status or 'nothing'}."
        case AnymailError() | BadHeaderError() | UnicodeError():
            return True, None, f"{type(error).__name__}: the mail cannot be written this way."
        case TimeoutError() | socket.gaierror() | ssl.SSLError() | OSError():
            return False, None, type(error).__name__
        case _:
            return False, None, type(error).__name__


def _decoded(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)


def _storable(text: str) -> str:
    return redact_text(" ".join(text.replace("\x00", "").split()))[:500]


def _since(began: float) -> int:
    return round((clock.monotonic() - began) * 1000)
