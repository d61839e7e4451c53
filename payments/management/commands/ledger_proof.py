"""Compare movements, totals, attempts and refunds of every payment."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from paymenthub.kernel import ids
from payments.models import Payment
from payments.selectors import ledger
from payments.selectors.ledger import Finding, Portion

from ._times import time_of

_PROGRESS_EVERY = 50_000  # payments
_ROW = "{:<36}  {:<24}  {:>16}  {:>16}  {:>16}  {}"


class Command(BaseCommand):
    """Prove the ledger; writes nothing to the database."""

    help = "Prove that totals, movements, attempts, refunds and events of each payment agree. Exit code 1 if not."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to look at, and how to tell it."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--since", default="", help="Only payments that changed since then: 2027-12-31T08:00 (UTC).")
        what.add_argument("--payment", default="", help="Only this payment, by our id.")
        parser.add_argument("--json", action="store_true", help="Tell it as one JSON object.")

    def handle(self, *args: Any, since: str, payment: str, json: bool, **options: Any) -> None:
        """Prove it, and print findings as they come."""
        portions = _one(payment) if payment else ledger.walk(since=time_of("--since", since) if since else None)
        report = _Json(self) if json else _Table(self)
        payments = findings = told = 0
        for portion in portions:
            payments += portion.payments
            for finding in portion.findings:
                report.add(finding, first=findings == 0)
                findings += 1
            if payments - told >= _PROGRESS_EVERY:
                told = payments
                self.stderr.write(f"{payments} payments compared, {findings} findings", self.style.NOTICE)
        report.end(payments, findings)
        if findings:
            raise CommandError(
                f"{findings} findings in {payments} payments. Next: compare the movements of each payment with its "
                "provider, refund and ship nothing meanwhile, find what wrote the wrong row, mend it, and run this "
                "again with --payment. See docs/ledger.md."
            )


class _Table:
    """Rows for people."""

    def __init__(self, command: BaseCommand) -> None:
        self._write = command.stdout.write

    def add(self, finding: Finding, *, first: bool) -> None:
        if first:
            self._write(_ROW.format("payment", "what", "expected", "found", "difference", "about").rstrip())
        difference = f"{finding.difference} {finding.currency}"
        cells = (finding.payment, finding.what, str(finding.expected), str(finding.found), difference, finding.about)
        self._write(_ROW.format(*cells).rstrip())

    def end(self, payments: int, findings: int) -> None:
        if not findings:
            self._write(f"The ledger is right: {payments} payments compared, nothing found.")


class _Json:
    """One object for programs, written as it grows."""

    def __init__(self, command: BaseCommand) -> None:
        self._write = command.stdout.write
        self._write('{"findings": [')

    def add(self, finding: Finding, *, first: bool) -> None:
        row = {
            "payment": finding.payment,
            "what": finding.what,
            "about": finding.about,
            "expected": finding.expected,
            "found": finding.found,
            "difference": finding.difference,
            "currency": finding.currency,
        }
        self._write(f"{'' if first else ','}{json.dumps(row)}")

    def end(self, payments: int, findings: int) -> None:
        self._write(f'], "payments": {payments}, "right": {json.dumps(findings == 0)}}}')


def _one(payment: str) -> Iterator[Portion]:
    pk = ids.parse_public_id(ids.PAYMENT, payment)
    if pk is None:
        raise CommandError("--payment takes our id of a payment, such as pay_0197…; search others in the backoffice.")
    if not Payment.objects.filter(pk=pk).exists():
        raise CommandError(f"There is no payment {payment} in this database. Check DATABASE_URL, and the id.")
    yield Portion(1, ledger.find([pk]))
