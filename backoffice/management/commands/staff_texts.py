"""Keep the Italian catalogue of the backoffice."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice import texts


class Command(BaseCommand):
    """Tell what is not translated; with --write, bring the catalogue up to date first."""

    help = "List the backoffice's texts that have no Italian; --write brings backoffice/locale up to date."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --write."""
        parser.add_argument("--write", action="store_true", help="write django.po and django.mo anew")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        """Compare, and write."""
        catalog = texts.updated()
        if write:
            texts.FILE.parent.mkdir(parents=True, exist_ok=True)
            texts.FILE.write_bytes(texts.as_po(catalog))
            texts.FILE.with_suffix(".mo").write_bytes(texts.as_mo(catalog))
        missing = [message for message in catalog if message.id and not _is_translated(message)]
        for message in missing:
            self.stdout.write(f"{message.id}")
        if missing:
            raise CommandError(
                f"{len(missing)} texts have no Italian: fill them in {texts.FILE.name}, then --write again."
            )
        self.stdout.write(f"{len(catalog)} texts, all translated.")


def _is_translated(message: Any) -> bool:
    words = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(words)
