"""Look again at what is held, and at captured payments of a time when nothing was issued."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Exists, F, OuterRef
from django.utils.dateparse import parse_date

from invoices.models import Invoice, IssueJob
from invoices.services import jobs
from paymenthub.kernel.errors import HubError
from payments.models import Payment
from payments.selectors.merchants import project_named


class Command(BaseCommand):
    """Issue what a project lacks; what cannot be issued is said and held."""

    help = "Issue what a project lacks: what is held, and with --since also captured payments that have no invoice."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the project and since when."""
        parser.add_argument("--project", required=True, help="The project: its name, or PRINCIPAL/NAME.")
        parser.add_argument("--since", default="", help="Also payments made since this day: 2027-12-31 (UTC).")

    def handle(self, *args: Any, project: str, since: str, **options: Any) -> None:
        """Issue them, one after the other."""
        try:
            found = project_named(project)
        except HubError as error:
            raise CommandError(error.message) from None
        day = parse_date(since) if since else None
        if since and day is None:
            raise CommandError("--since is a day such as 2027-12-31.")
        jobs.release(project_id=found.id)
        if day is not None:
            has_one = Invoice.objects.filter(payment=OuterRef("pk"))
            waits = IssueJob.objects.filter(payment=OuterRef("pk"))
            lacking = Payment.objects.filter(
                ~Exists(has_one), ~Exists(waits), project=found, created_at__date__gte=day, captured__gt=0
            ).filter(authorized__lte=F("captured"))
            new = [IssueJob(project=found, payment=payment) for payment in lacking.only("id").iterator()]
            IssueJob.objects.bulk_create(new, batch_size=1000)
        issued = 0
        for job_id in list(IssueJob.objects.filter(project=found, state="due").values_list("id", flat=True)):
            for row in jobs.work_on(job_id):
                self.stdout.write(f"Issued {row.number}.")
                issued += 1
        held = IssueJob.objects.filter(project=found, state="held").select_related("payment")
        for job in held:
            self.stdout.write(f"Held: {job.payment.public_id} ({job.problem}): {job.message}")
        self.stdout.write(f"{issued} issued, {len(held)} held.")
