"""Make an API key of a project."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from paymenthub.kernel.errors import HubError
from payments.models import Mode, Scope
from payments.selectors.merchants import project_named
from payments.services.merchants import create_api_key


class Command(BaseCommand):
    """Make an API key and show it once."""

    help = "Make an API key and show it once; only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the project and what the key may do."""
        parser.add_argument("project", help="The project's name, or principal/name.")
        parser.add_argument("--mode", choices=Mode.values, required=True)
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="What it may do; may be given several times. Default: payments.",
        )
        parser.add_argument("--name", default="", help="What people call it.")
        parser.add_argument("--expires", default="", help="Last day it works, as 2027-12-31 (UTC). Default: never.")
        parser.add_argument("--quiet", action="store_true", help="Print the key and nothing else.")

    def handle(self, *args: Any, project: str, mode: str, name: str, expires: str, quiet: bool, **options: Any) -> None:
        """Make it."""
        try:
            new = create_api_key(
                project=project_named(project),
                mode=mode,
                scopes=options["scope"] or [Scope.PAYMENTS],
                name=name,
                expires_at=_end_of(expires) if expires else None,
            )
        except HubError as error:
            raise CommandError(error.message) from None
        if quiet:
            self.stdout.write(new.secret)
            return
        self.stdout.write(f"API key ({mode}; {', '.join(new.key.scopes)}), shown this once: {new.secret}")
        self.stdout.write("Send it as `Authorization: Bearer` or in the header `secret`.")


def _end_of(day: str) -> dt.datetime:
    try:
        last = dt.date.fromisoformat(day)
    except ValueError:
        raise CommandError("--expires must be a day such as 2027-12-31.") from None
    return dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), dt.UTC)
