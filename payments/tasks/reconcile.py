"""Ask PSPs about attempts that are undecided, and about those whose runner died."""

import uuid

from celery import shared_task
from django.conf import settings

from payments.attempts import reconcile
from payments.models import Source

from .nudge import nudge
from .periodic import once_per_slot


@shared_task(name="payments.reconcile_due", ignore_result=True)
@once_per_slot("payments.reconcile_due", lambda: settings.RECONCILE_INTERVAL)
def reconcile_due() -> None:
    """Find what is due and give each one to a worker."""
    for attempt_id in reconcile.due():
        nudge(reconcile_one, str(attempt_id))


@shared_task(name="payments.reconcile_one", ignore_result=True, acks_late=True)
def reconcile_one(attempt_id: str) -> None:
    """Ask the PSP about one attempt."""
    reconcile.check(uuid.UUID(attempt_id), source=Source.SYSTEM, evidence="reconcile")
