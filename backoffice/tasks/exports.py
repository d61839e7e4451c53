"""Exports in the background: ids in, one call. What a lost message was about is found again by the sweep."""

import uuid

from celery import shared_task
from django.conf import settings

from backoffice.models import ExportJob
from backoffice.models.export_job import UNFINISHED
from backoffice.services.cancel_export import delete_expired
from backoffice.services.make_export import make_export
from paymenthub.kernel import clock
from payments.tasks.nudge import nudge
from payments.tasks.periodic import once_per_slot

_LONGEST = 1800
"""Seconds that an export may take. The broker gives its message to a second worker before that, which finds the job's
lease held and leaves it alone."""


@shared_task(name="backoffice.sweep_exports", ignore_result=True)
@once_per_slot("backoffice.sweep_exports", lambda: settings.EXPORT_INTERVAL)
def sweep_exports() -> None:
    """Give what waits, or whose worker died, to a worker; delete files whose time is over."""
    due = ExportJob.objects.filter(state__in=UNFINISHED, due_at__lte=clock.now()).order_by("due_at")
    for job_id in due.values_list("pk", flat=True)[:100]:
        nudge(export_rows, str(job_id))
    delete_expired()


@shared_task(
    name="backoffice.export_rows",
    ignore_result=True,
    acks_late=True,
    soft_time_limit=_LONGEST,
    time_limit=_LONGEST + 20,
)
def export_rows(job_id: str) -> None:
    """Make one export's file."""
    make_export(uuid.UUID(job_id))
