"""Make a project of a principal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from paymenthub.kernel.errors import HubError
from payments.outbound.secrets import seal_secrets
from payments.outbound.sign import new_secret
from payments.selectors.merchants import principal_named
from payments.services.merchants import create_project


class Command(BaseCommand):
    """Make a project, and show once the secret by which its callbacks are signed."""

    help = "Make a project, and show once the secret by which its callbacks are signed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the principal, the name and the address."""
        parser.add_argument("principal", help="The principal's name.")
        parser.add_argument("name", help="The project's name, unique for the principal.")
        parser.add_argument("--callback-url", default="", help="Where outcomes are posted (http or https).")

    def handle(self, *args: Any, principal: str, name: str, callback_url: str, **options: Any) -> None:
        """Make it."""
        secret = new_secret()
        try:
            project = create_project(
                principal=principal_named(principal),
                name=name,
                callback_url=callback_url,
                seal=lambda project: seal_secrets(project, [secret]),
            )
        except HubError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Made the project {project.principal.name}/{project.name}.")
        self.stdout.write(f"Callback signing secret, shown this once: {secret}")
        self.stdout.write(
            f"Next: manage.py create_api_key '{project.principal.name}/{project.name}' --mode test --scope payments"
        )
