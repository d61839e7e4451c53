"""What a change changed: before and after side by side, for reading."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from paymenthub.kernel.redact import redact_json
from payments.selectors.explain import amount

from .display import label

_LONGEST = 500


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """List name, before and after of what differs; secrets are left out of both."""
    was, now = redact_json(dict(before or {})), redact_json(dict(after or {}))
    if not isinstance(was, dict) or not isinstance(now, dict):
        return []
    names = [*was, *(name for name in now if name not in was)]
    rows = [(_name(n), _words(was.get(n), n), _words(now.get(n), n)) for n in names if was.get(n) != now.get(n)]
    return [(name, old, new) for name, old, new in rows if old != new]


def difference_table(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> SafeString | str:
    """Draw the differences; a dash where there are none."""
    rows = differences(before, after)
    if not rows:
        return "—"
    body = format_html_join("", '<tr><th scope="row">{}</th><td><del>{}</del></td><td><ins>{}</ins></td></tr>', rows)
    return format_html(
        '<table class="hub-table hub-diff"><thead><tr><th scope="col"></th><th scope="col">{}</th>'
        '<th scope="col">{}</th></tr></thead><tbody>{}</tbody></table>',
        _("Before"),
        _("After"),
        body,
    )


def _name(key: str) -> str:
    return label("".join(f" {letter.lower()}" if letter.isupper() else letter for letter in key))


def _words(value: Any, key: str = "") -> str:
    if value is None or value == "" or value == [] or value == {}:
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        text = ", ".join(map(_words, value))
    elif isinstance(value, dict):
        amounts = key == "limits"  # minor units by currency
        text = ", ".join(amount(one, name) if amounts else f"{name} {_words(one)}" for name, one in value.items())
    else:
        text = str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
