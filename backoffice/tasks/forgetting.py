"""What is old is forgotten."""

from celery import shared_task

from backoffice.services import access_records, sessions
from payments.tasks.periodic import once_per_slot

EVERY = 3600.0


@shared_task(name="backoffice.forget_old", ignore_result=True)
@once_per_slot("backoffice.forget_old", lambda: EVERY)
def forget_old() -> None:
    """Delete sessions that are over, and access records that are older than they are kept."""
    sessions.forget_old()
    access_records.forget_old()
