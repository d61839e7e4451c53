"""Give the demo project of a local installation an issuer, so that it invoices."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoices.selectors.profiles import profile_of
from invoices.services.profile import save_profile
from paymenthub.kernel.errors import HubError
from payments.selectors.merchants import project_named

_LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 32"><rect width="32" height="32" rx="6" fill="#1d5fd1"/>'
    b'<path d="M9 21V11h8a4 4 0 0 1 0 8h-4" fill="none" stroke="#fff" stroke-width="3"/></svg>'
)
_VALUES = {
    "company": "Demo Company S.r.l.",
    "street": "Via Roma 1",
    "postal_code": "20121",
    "city": "Milano",
    "country": "IT",
    "vat_id": "IT12345670017",
    "iban": "IT60X0542811101000000123456",
    "email": "billing@demo.example",
    "default_vat_rate": "22",
}


class Command(BaseCommand):
    """Make the issuer profile of a project where it has none."""

    help = "Give a project of a local installation a made-up issuer, where it has none. For local use only."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the project."""
        parser.add_argument("project", help="The project: its name, or PRINCIPAL/NAME.")

    def handle(self, *args: Any, project: str, **options: Any) -> None:
        """Make it."""
        if settings.HUB_ENVIRONMENT == "production":
            raise CommandError("This makes up a company: it is not for production. Use the backoffice (Issuers).")
        try:
            found = project_named(project)
            if profile_of(found.id) is None:
                save_profile(project=found, values=_VALUES, actor="command:seed_issuer", logo=_LOGO)
        except HubError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{project} invoices.")
