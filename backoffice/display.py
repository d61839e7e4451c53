"""How values are written on the pages: escaped, redacted where they came from outside, never too long."""

import json
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from paymenthub.kernel.redact import redact_json, redact_text
from payments.selectors.code_words import code_words
from payments.selectors.explain import provider_name

_SHOWN = 32 * 1024  # characters of one body
_READ = 2 * _SHOWN  # of one text, before its secrets are taken out: looking for them in a megabyte takes seconds


def label(code: str) -> str:
    """Write a code such as `credit-cards` or `NOT_SENT` as words."""
    return code_words(code)


def when(at: datetime | None) -> SafeString | str:
    """Write a moment in UTC, to the second."""
    if at is None:
        return "—"
    return format_html('<time datetime="{}" class="hub-time">{}</time>', at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S}")


def pretty(value: Any) -> str:
    """Write a JSON value for reading, without secrets; an empty one is an empty text."""
    if value in (None, "", {}, []):
        return ""
    return cut(json.dumps(redact_json(_read_in_part(value)), indent=2, ensure_ascii=False))


def body_text(body: bytes | str) -> str:
    """Write a raw body for reading, without secrets: indented where it is JSON."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if not text.strip():
        return ""
    try:
        return pretty(json.loads(text)) or cut(redact_text(text[:_READ]))
    except (ValueError, RecursionError):
        return cut(redact_text(text[:_READ]))


def block(text: str) -> SafeString | str:
    """Show a text as it is, in its own box."""
    return format_html('<pre class="hub-pre">{}</pre>', text) if text else "—"


def code(text: str) -> SafeString | str:
    """Show an identifier."""
    return format_html('<code class="hub-code">{}</code>', text) if text else "—"


def provider_badge(code: str) -> SafeString | str:
    """Name a provider, behind its first letter in a colour of its own: logos are trademarks and none is bundled."""
    if not code:
        return "—"
    name = provider_name(code)
    hue = sum(letter * 37 for letter in code.encode()) % 360
    return format_html(
        '<span class="hub-provider"><span class="hub-provider-sign" style="--hue:{}" aria-hidden="true">{}</span>{}</span>',
        hue,
        name[:1].upper(),
        name,
    )


def _read_in_part(value: Any) -> Any:
    if isinstance(value, str):
        return value[:_READ]
    if isinstance(value, dict):
        return {name: _read_in_part(one) for name, one in value.items()}
    return [_read_in_part(one) for one in value] if isinstance(value, list) else value


def cut(text: str) -> str:
    """Keep what a page can hold of a text that somebody else wrote."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + _("\n… cut")
