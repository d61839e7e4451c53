"""Celery tasks of invoices: ids in, one call. What a lost message was about is found again by the sweep."""

import uuid

from celery import shared_task
from django.conf import settings

from payments.tasks.nudge import nudge
from payments.tasks.periodic import once_per_slot

from .services import files, jobs, print_pdf


@shared_task(name="invoices.sweep", ignore_result=True)
@once_per_slot("invoices.sweep", lambda: settings.INVOICE_INTERVAL)
def sweep() -> None:
    """Find what is due and give each piece to a worker."""
    for job_id in jobs.due_jobs():
        nudge(issue, str(job_id))
    for invoice_id in files.due_files():
        nudge(make_file, str(invoice_id))
    for print_id in print_pdf.due_prints():
        nudge(print_one, str(print_id))
    print_pdf.forget_old()


@shared_task(name="invoices.issue", ignore_result=True, acks_late=True)
def issue(job_id: str) -> None:
    """Look at one payment, and have the files of what was issued made."""
    for invoice in jobs.work_on(uuid.UUID(job_id)):
        nudge(make_file, str(invoice.id))


@shared_task(name="invoices.make_file", ignore_result=True, acks_late=True)
def make_file(invoice_id: str) -> None:
    """Make one invoice's file."""
    files.make_file(uuid.UUID(invoice_id))


@shared_task(name="invoices.print", ignore_result=True, acks_late=True)
def print_one(print_id: str) -> None:
    """Print one document that nobody keeps."""
    print_pdf.print_job(uuid.UUID(print_id))
