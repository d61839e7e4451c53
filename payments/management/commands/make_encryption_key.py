"""Make a key for HUB_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from paymenthub.kernel.crypto import generate_key


class Command(BaseCommand):
    """Print a new key that encrypts credentials at rest."""

    help = "Print a new key for HUB_ENCRYPTION_KEYS. Newest first; the old ones stay until nothing needs them."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(generate_key())
