"""The test clock: put a project's test mode forward in time, and do what falls due on the way, in its order."""

import datetime as dt
import logging
import uuid

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import InvalidField
from payments import locks
from payments.attempts import reconcile
from payments.domain.attempt import UNDECIDED
from payments.domain.subscription import RunBy
from payments.models import Attempt, Mode, Project, ProviderAccount, Source, Subscription
from payments.selectors.project_clock import project_now

from . import provider_run
from .psp_clock import put_forward
from .renew import renew

logger = logging.getLogger(__name__)

MOST_STEPS = 500
"""Renewals that one call makes at most: it then stops the clock where it is."""
LONGEST = dt.timedelta(days=3660)


def advance(project_id: uuid.UUID, *, to: dt.datetime) -> Project:
    """Put the clock of a project's test mode forward to a moment, renewal by renewal; return the project.

    It never goes back, and never moves live mode. After MOST_STEPS renewals it stops there: call again. The sandbox PSPs'
    clocks go with it, and what they charge on the way is taken in. Raises InvalidField for a moment in the past or more
    than ten years ahead, and ProviderUnavailable.
    """
    project = Project.objects.get(pk=project_id)
    now = project_now(project, Mode.TEST)
    if not now <= to <= now + LONGEST:
        raise InvalidField("Name a moment after the test clock's own, and within ten years of it.", param="to")
    for _ in range(MOST_STEPS):
        found = _next_due(project_id, to)
        if found is None:
            return _set(project_id, to, everywhere=True)
        _set(project_id, found[1])
        _do(found[0])
    return Project.objects.get(pk=project_id)


def _next_due(project_id: uuid.UUID, to: dt.datetime) -> tuple[uuid.UUID, dt.datetime] | None:
    mine = Subscription.objects.filter(project_id=project_id, mode=Mode.TEST, next_due_at__lte=to)
    first = mine.order_by("next_due_at", "id").first()
    return None if first is None or first.next_due_at is None else (first.id, first.next_due_at)


def _do(subscription_id: uuid.UUID) -> None:
    done = renew(subscription_id)
    if done.watch:
        provider_run.watch(subscription_id)
        return
    # What is in doubt is asked about once: time goes on, and the next step waits for it.
    payments = Subscription.objects.get(pk=subscription_id).payments.all()
    for attempt in Attempt.objects.filter(payment__in=payments, state__in=UNDECIDED):
        reconcile.check(attempt.id, source=Source.SYSTEM, evidence="test-clock")


def _set(project_id: uuid.UUID, to: dt.datetime, *, everywhere: bool = False) -> Project:
    """Put the clock there unless it is past that moment, and with it those of the PSPs that charge by themselves.

    `everywhere`: of all sandbox PSPs, so that what begins there later begins at the same time.
    """
    with db.durable():
        project = locks.project(project_id)
        project.clock_offset = max(project.clock_offset, to - clock.now())
        project.save(update_fields=["clock_offset"])
    accounts = ProviderAccount.objects.filter(project_id=project_id, mode=Mode.TEST)
    if not everywhere:
        accounts = accounts.filter(subscriptions__run_by=RunBy.PROVIDER).distinct()
    for account_id in accounts.values_list("pk", flat=True):
        put_forward(account_id, project_now(project, Mode.TEST))
    return project
