"""Ask PSPs about attempts that are undecided, and about those whose runner died."""

import uuid

from celery import shared_task
from django.conf import settings

from paymenthub.kernel import clock
from payments.attempts import reconcile
from payments.models import Attempt
from payments.services.give_up import put_before_operators

from .nudge import nudge
from .periodic import once_per_slot, take_slot

_GIVE_UP_INTERVAL = 3600.0
_LANE_SECONDS = 45.0
"""How long one task goes from attempt to attempt of an account: below the task's time limit by more than one exchange."""


@shared_task(name="payments.reconcile_due", ignore_result=True)
@once_per_slot("payments.reconcile_due", lambda: settings.RECONCILE_INTERVAL)
def reconcile_due() -> None:
    """Find what is due and give each one to a worker; once an hour, tell operators what is undecided for long."""
    for attempt_id in reconcile.due():
        nudge(reconcile_one, str(attempt_id))
    if take_slot("payments.give_up", _GIVE_UP_INTERVAL):
        put_before_operators()


@shared_task(name="payments.reconcile_one", ignore_result=True, acks_late=True)
def reconcile_one(attempt_id: str) -> None:
    """Ask the PSP about one attempt, then about the next ones of its account while there are any."""
    ends, waiting = clock.monotonic() + _LANE_SECONDS, [uuid.UUID(attempt_id)]
    account_id = Attempt.objects.values_list("provider_account_id", flat=True).get(pk=waiting[0])
    while waiting and reconcile.poll(waiting[0]) and clock.monotonic() < ends:
        waiting = reconcile.due(limit=1, account_id=account_id)
