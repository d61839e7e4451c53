"""Prove the ledger: every hour what changed, and once a day everything."""

import datetime as dt

from celery import shared_task

from paymenthub.kernel import clock
from payments.services.prove_ledger import prove_ledger

from .periodic import once_per_slot, take_slot

HOUR = 3600.0
_DAY = 86400.0
_OVERLAP = dt.timedelta(hours=2)  # each change is seen twice, so that a run that comes late leaves no gap
_LONGEST = 3 * 3600  # a full proof of very many payments; the usual limit is for calls to providers


@shared_task(name="payments.prove_ledger", ignore_result=True, soft_time_limit=_LONGEST, time_limit=_LONGEST + 60)
@once_per_slot("payments.prove_ledger", lambda: HOUR)
def prove() -> None:
    """Prove what changed lately; the first run of each day (UTC) proves everything."""
    full = take_slot("payments.prove_ledger.full", _DAY)
    prove_ledger(since=None if full else clock.now() - _OVERLAP)
