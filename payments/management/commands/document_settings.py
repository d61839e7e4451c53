"""Write the table of docs/configuration.md."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

BEGIN = "<!-- settings: written by `manage.py document_settings` -->"
END = "<!-- /settings -->"
_HEAD = "| variable | kind | default | what it is |\n| --- | --- | --- | --- |\n"
_SECRET = "(secret)"  # noqa: S105 - what paymenthub.settings.env puts in a secret's place


class Command(BaseCommand):
    """Write every environment variable that the settings read into docs/configuration.md."""

    help = "Write every environment variable that the settings read into docs/configuration.md, between its two marks."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where to write."""
        parser.add_argument("--file", type=Path, default=Path(settings.BASE_DIR) / "docs" / "configuration.md")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Replace what stands between the marks."""
        try:
            text = with_table(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise CommandError(f"{file.name}: {error}") from None
        file.write_text(text, encoding="utf-8")
        self.stdout.write(f"Wrote {len(variables())} variables to {file.name}.")


def variables() -> Mapping[str, Any]:
    """Return what the settings read from the environment, by name."""
    # By the name that Django has it under: apps do not import the project's settings.
    read: Mapping[str, Any] = import_module(settings.SETTINGS_MODULE).env.READ
    return read


def table() -> str:
    """Return the table in Markdown: defaults only, never a value of this process's environment."""
    found = variables()
    return _HEAD + "".join(_row(found[name]) for name in sorted(found))


def with_table(text: str) -> str:
    """Return a document with the table between its marks. Raises ValueError where a mark is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"its marks are missing. Put these two lines where the table belongs: {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


def _row(variable: Any) -> str:
    cells = (f"`{variable.name}`", variable.kind, _default(variable.default), variable.help)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _default(default: str) -> str:
    if default == _SECRET:
        return "none; a secret"
    return f"`{default}`" if default else "none"
