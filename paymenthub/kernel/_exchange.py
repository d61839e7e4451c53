"""What may be kept of an HTTP exchange."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from paymenthub.kernel.redact import redact_headers, redact_json, redact_text, redact_url, storable

_KEPT = 8 * 1024  # characters of a body
_PARSED = 128 * 1024  # bytes; bigger bodies are not worth the time to parse


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it, redacted and cut: fit to be stored."""

    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str
    status: int | None
    response_headers: dict[str, str]
    response_body: str
    elapsed_ms: int
    error: str | None


def describe(
    *,
    method: str,
    url: str,
    request_headers: Mapping[str, str],
    request_body: bytes,
    elapsed_ms: int,
    status: int | None = None,
    response_headers: Mapping[str, str] | None = None,
    response_body: bytes = b"",
    error: str | None = None,
) -> Exchange:
    """Make the record of an exchange."""
    answer_headers = response_headers or {}
    return Exchange(
        method=method,
        url=redact_url(url),
        request_headers=redact_headers(request_headers),
        request_body=redact_body(request_body, _content_type(request_headers)),
        status=status,
        response_headers=redact_headers(answer_headers),
        response_body=redact_body(response_body, _content_type(answer_headers)),
        elapsed_ms=elapsed_ms,
        error=error,
    )


def redact_body(body: bytes, content_type: str = "") -> str:
    """Return a body as text without secrets, at most 8 KB; redacted before it is cut, so that no half secret stays."""
    if len(body) > _PARSED:
        return _cut(redact_text(body[: 2 * _KEPT].decode("utf-8", "replace")))
    text = body.decode("utf-8", "replace")
    if "form-urlencoded" in content_type.lower():
        pairs = parse_qsl(text, keep_blank_values=True)
        return _cut("&".join(f"{name}={redact_json({name: value})[name]}" for name, value in pairs))
    try:
        return _cut(json.dumps(redact_json(json.loads(text)), ensure_ascii=False))
    except (ValueError, RecursionError):
        return _cut(redact_text(text))


def _content_type(headers: Mapping[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == "content-type"), "")


def _cut(text: str) -> str:
    text = storable(text)
    return text if len(text) <= _KEPT else text[:_KEPT] + "…"
