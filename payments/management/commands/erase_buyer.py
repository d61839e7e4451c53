"""Erase a buyer at their request, and say what is kept and why."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from paymenthub.kernel.errors import HubError
from payments.selectors.merchants import project_named
from payments.services.erase_buyer import Subject, erase_buyer

_PROGRESS_EVERY = 100


class Command(BaseCommand):
    """Erase a buyer from a project; amounts and issued invoices stay."""

    help = "Erase a buyer from a project. Amounts and issued invoices stay, as the law asks. Try --dry-run first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whom and why."""
        parser.add_argument("--project", required=True, help="The project: its name, or PRINCIPAL/NAME.")
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--email", default="", help="The buyer's mail address.")
        who.add_argument("--buyer-id", default="", help="The order system's own id of the buyer.")
        parser.add_argument("--reason", required=True, help="Why; kept in the audit trail. No personal data.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be erased and what kept.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase them."""
        try:
            report = erase_buyer(
                project=project_named(options["project"]),
                subject=Subject(email=options["email"], buyer_id=options["buyer_id"]),
                actor=f"command:{getpass.getuser()}",
                reason=options["reason"],
                dry_run=options["dry_run"],
                progress=self._progress,
            )
        except HubError as error:
            raise CommandError(error.message) from None
        verb = "Would be erased" if options["dry_run"] else "Erased"
        self.stdout.write(f"{verb}: {report.payments} payments.")
        for name, count in sorted(report.erased.items()):
            self.stdout.write(f"  {count:>6}  {name}")
        self.stdout.write("Kept:")
        for name, count in sorted(report.kept.items()):
            self.stdout.write(f"  {count:>6}  {name}")
        if report.open_payments:
            self.stdout.write(
                f"{report.open_payments} payments are not over yet and were left alone. Run this again later."
            )

    def _progress(self, done: int) -> None:
        if done % _PROGRESS_EVERY == 0:
            self.stderr.write(f"{done} payments", self.style.NOTICE)
