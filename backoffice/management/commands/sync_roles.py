"""Bring the roles up to date by hand; `migrate` does it too."""

from typing import Any

from django.core.management.base import BaseCommand

from backoffice.services.sync_roles import sync_roles


class Command(BaseCommand):
    """Bring the roles up to date."""

    help = "Make the hub's roles, and give them what this version has for them. What a person changed stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what was done."""
        for told in sync_roles() or ["All roles are up to date."]:
            self.stdout.write(told)
