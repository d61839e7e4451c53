"""Bulk actions are carried out in workers. A message may be lost: what runs and nobody has is found again by beat."""

from uuid import UUID

from celery import shared_task

from backoffice.services.decide_approval import expire_approvals
from backoffice.services.make_batch import erase_old_drafts
from backoffice.services.run_batch import due_batches, run_batch
from payments.tasks.nudge import nudge
from payments.tasks.periodic import once_per_slot

_INTERVAL = 30.0


@shared_task(name="backoffice.run_batch", ignore_result=True, acks_late=True, soft_time_limit=300, time_limit=330)
def work_on_batch(batch_id: str) -> None:
    """Work on a batch for a minute, and hand the rest on."""
    if run_batch(UUID(batch_id)):
        nudge(work_on_batch, batch_id)


@shared_task(name="backoffice.look_after_batches", ignore_result=True)
@once_per_slot("backoffice.look_after_batches", lambda: _INTERVAL)
def look_after_batches() -> None:
    """Take up batches whose worker died, end approvals whose time is over, erase drafts that nobody sent."""
    for batch_id in due_batches():
        nudge(work_on_batch, str(batch_id))
    expire_approvals()
    erase_old_drafts()
