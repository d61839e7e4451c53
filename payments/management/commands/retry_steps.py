"""`manage.py retry_steps`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from paymenthub.kernel import ids
from payments.outbound.retry_commands import retry_commands


class Command(BaseCommand):
    """Try steps again that were given up."""

    help = "Make steps of the saga that were given up due again: those of a channel, of a payment, or of both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which."""
        parser.add_argument("--channel", default="", help="Of this channel only.")
        parser.add_argument("--payment", default="", help="Of this payment (pay_…) only.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them due."""
        if not options["channel"] and not options["payment"]:
            raise CommandError("Name a channel (--channel fraudCheck) or a payment (--payment pay_…).")
        payment_id = ids.parse_public_id(ids.PAYMENT, options["payment"]) if options["payment"] else None
        if options["payment"] and payment_id is None:
            raise CommandError(f"{options['payment']!r} is no payment id; it begins with pay_.")
        count = retry_commands(channel=options["channel"], payment_id=payment_id)
        self.stdout.write(f"Due again: {count}.")
