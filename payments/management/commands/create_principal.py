"""Make a principal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from paymenthub.kernel.errors import HubError
from payments.services.merchants import create_principal


class Command(BaseCommand):
    """Make a principal: a company, the top of what belongs together."""

    help = "Make a principal: a company, the top of what belongs together."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name."""
        parser.add_argument("name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        """Make it."""
        try:
            principal = create_principal(name=name)
        except HubError as error:
            raise CommandError(f"{error.message} Use it, or choose another name.") from None
        self.stdout.write(f"Made the principal {principal.name}.")
        self.stdout.write(f"Next: manage.py create_project {principal.name!r} PROJECT")
