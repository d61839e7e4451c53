"""Keep the rollups in step with the payments, and compare them once a day."""

from celery import shared_task
from django.conf import settings

from payments.services import rollups
from payments.services.prove_rollups import prove_rollups

from .periodic import once_per_slot

_DAY = 86400.0
_LONGEST = 3600


@shared_task(name="payments.refresh_rollups", ignore_result=True)
@once_per_slot("payments.refresh_rollups", lambda: rollups.EVERY)
def refresh() -> None:
    """Add up what has changed."""
    rollups.refresh()


@shared_task(name="payments.prove_rollups", ignore_result=True, soft_time_limit=_LONGEST, time_limit=_LONGEST + 60)
@once_per_slot("payments.prove_rollups", lambda: _DAY)
def prove() -> None:
    """Compare, once a day (UTC)."""
    prove_rollups(days=settings.ROLLUP_PROOF_DAYS)
