"""Write docs/errors.md."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import get_resolver

from paymenthub.kernel.errors import HubError, all_errors

_OURS = ("paymenthub.", "payments.", "invoices.")
_HEAD = """\
# Errors

Written by `manage.py error_catalogue`; do not edit.

Every error answer has this shape:

```json
{
  "statusCode": 400,
  "error": "Bad Request",
  "message": "This field is required.",
  "code": "invalid_field",
  "param": "amount",
  "requestId": "0197a2c4d5e67f80",
  "retryable": false
}
```

Act on `code`; `message` is for people and may change. `param` names the field, query parameter or header, where there is one.
`retryable: true` means: surely nothing was done, and the same request may be sent again as it is; `Retry-After` says when.
Some errors carry `details`. A refusal by a provider is no error: it is `result: KO` with HTTP 200.

| HTTP | code | retryable | meaning |
| --- | --- | --- | --- |
"""


class Command(BaseCommand):
    """Write the catalogue of errors that an API caller may meet."""

    help = "Write the catalogue of errors that an API caller may meet to docs/errors.md."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where to write."""
        parser.add_argument("--file", type=Path, default=Path(settings.BASE_DIR) / "docs" / "errors.md")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Write it."""
        file.write_text(catalogue(), encoding="utf-8")
        self.stdout.write(f"Wrote {file.name}.")


def catalogue() -> str:
    """Return the catalogue in Markdown."""
    len(get_resolver().url_patterns)  # loads every door, and with it the errors that only it knows
    return _HEAD + "".join(_row(kind) for kind in all_errors() if kind.__module__.startswith(_OURS))


def _row(kind: type[HubError]) -> str:
    meaning = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    phrase = HTTPStatus(kind.status).phrase
    return f"| {kind.status} {phrase} | `{kind.code}` | {'yes' if kind.retryable else 'no'} | {meaning} |\n"
