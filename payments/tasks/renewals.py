"""Renew what is due: beat wakes a few workers, each takes batches of its own until nothing is left."""

import datetime as dt
import logging
import uuid

from celery import shared_task
from django.conf import settings

from paymenthub.kernel import clock, db
from payments import locks
from payments.models import Project
from payments.services.subscriptions import give_back, provider_run, psp_end
from payments.services.subscriptions.renew import renew

from .nudge import nudge
from .periodic import once_per_slot

logger = logging.getLogger(__name__)

_LANE_SECONDS = 45.0
"""How long one task goes from batch to batch: below the task's time limit by more than one exchange."""


@shared_task(name="payments.renew_due", ignore_result=True)
@once_per_slot("payments.renew_due", lambda: settings.SUBSCRIPTION_RENEW_EVERY)
def renew_due() -> None:
    """Wake the workers, and do what is left over: ends that a PSP has not heard of, charges to be given back."""
    for _ in range(settings.SUBSCRIPTION_WORKERS):
        nudge(renew_lane)
    for project_id in Project.objects.exclude(clock_offset=dt.timedelta()).values_list("pk", flat=True):
        nudge(renew_lane, str(project_id))
    for subscription_id in psp_end.due():
        psp_end.tell_psp(subscription_id)
    for period_id in give_back.due():
        give_back.give_back(period_id)


@shared_task(name="payments.renew_lane", ignore_result=True, acks_late=True)
def renew_lane(project_id: str = "") -> None:
    """Take a batch of what is due, do it, take the next one. With a project: what is due by its test clock."""
    ends = clock.monotonic() + _LANE_SECONDS
    project = Project.objects.get(pk=uuid.UUID(project_id)) if project_id else None
    while True:
        batch = take(project)
        for subscription_id in batch:
            if clock.monotonic() >= ends:
                return  # what was taken and not done is due again when its lease is over
            one(subscription_id)
        if not batch:
            return


def take(project: Project | None = None, *, limit: int | None = None) -> list[uuid.UUID]:
    """Take a batch of what is due; nobody else gets the same while the lease lasts."""
    now = clock.now() + (project.clock_offset if project else dt.timedelta())
    with db.durable():
        return locks.due_subscriptions(
            limit or settings.SUBSCRIPTION_BATCH,
            now=now,
            lease_seconds=settings.SUBSCRIPTION_PAUSE_BEFORE_RETRY,
            project_id=project.id if project else None,
        )


def one(subscription_id: uuid.UUID) -> None:
    """Do what one subscription needs; a failure is logged and leaves it due, so that the batch goes on."""
    try:
        if renew(subscription_id).watch:
            provider_run.watch(subscription_id)
    except Exception:
        logger.exception("a renewal failed", extra={"subscription": str(subscription_id)})
