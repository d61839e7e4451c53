"""Compare the rollups with the payments, mend what differs, and say so."""

import datetime as dt
import logging

from paymenthub.kernel import clock
from payments.models import Project, RollupDay
from payments.selectors.rollup_sums import day_of, wrong_days

from .rollups import add_up

logger = logging.getLogger(__name__)

_DAYS_AT_ONCE = 31


def prove_rollups(*, days: int) -> int:
    """Compare the last so many closed days of every project; add up anew what is wrong, and return how many days were.

    A day that is found wrong is told by the gauge `paymenthub_rollup_days_wrong` until a later proof finds it right.
    """
    last = day_of(clock.now())
    first, wrong = last - dt.timedelta(days=days), 0
    for project_id in Project.objects.order_by("pk").values_list("pk", flat=True):
        begin = first
        while begin <= last:
            end = min(last, begin + dt.timedelta(days=_DAYS_AT_ONCE - 1))
            found = wrong_days(project_id, begin, end)
            compared = RollupDay.objects.filter(project=project_id, day__range=(begin, end), is_open=False)
            compared.exclude(day__in=found).exclude(found_wrong_at=None).update(found_wrong_at=None)
            compared.filter(day__in=found).update(found_wrong_at=clock.now())
            for day in sorted(found):
                logger.error("a rollup was wrong", extra={"project": str(project_id), "day": day.isoformat()})
                add_up(project_id, day, day)
            wrong += len(found)
            begin = end + dt.timedelta(days=1)
    return wrong
