"""`python -m django bench_renew`."""

from typing import Any

from django.core.management.base import BaseCommand

from payments.tasks import renewals


class Command(BaseCommand):
    """Renew what is due, batch by batch, until nothing is left."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Renew."""
        while batch := renewals.take():
            for subscription_id in batch:
                renewals.one(subscription_id)
