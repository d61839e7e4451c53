"""Told of every published event: notes the payments that may need a document now. A task thinks about them."""

from collections.abc import Sequence

from payments.models import OutboxEvent

from .models import IssueJob
from .selectors.profiles import with_profile

EVENTS = frozenset(
    {
        "payment.captured",
        "payment.partially_captured",
        "payment.cancelled",
        "payment.expired",
        "refund.succeeded",
        "refund.reversed",
    }
)


def note(events: Sequence[OutboxEvent]) -> None:
    """Insert a job for each event that matters, once."""
    relevant = [(event, event.payment_id) for event in events if event.payment_id and event.type in EVENTS]
    projects = with_profile(event.project_id for event, _ in relevant) if relevant else set()
    jobs = [
        IssueJob(project_id=event.project_id, payment_id=payment_id, event_id=event.id)
        for event, payment_id in relevant
        if event.project_id in projects
    ]
    if jobs:
        IssueJob.objects.bulk_create(jobs, ignore_conflicts=True)
