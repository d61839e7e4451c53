"""What the rollups tell of a period: counts, sums and freshness. Never of two currencies in one sum."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max, Min, Sum

from paymenthub.kernel.money import exponent
from payments.domain.rollup import Facet, years_away
from payments.models import Mode, PeriodicRun, Rollup, RollupDay, RollupMark

_YEAR = dt.timedelta(days=364)
REFRESHED_BY = "payments.refresh_rollups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Whose numbers: these projects, one mode, and one currency. An empty currency takes all of them: for counts only."""

    projects: Collection[uuid.UUID]
    mode: str
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Counts, and sums in minor units, of the payments (or tries) of a group."""

    counted: int = 0
    paid: int = 0
    refunds: int = 0
    disputes: int = 0
    taken: int = 0
    paid_amount: int = 0
    captured: int = 0
    refunded: int = 0
    charged_back: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(**{name: getattr(self, name) + getattr(other, name) for name in NAMES})

    @property
    def net(self) -> int:
        """What was captured and neither refunded nor charged back."""
        return self.captured - self.refunded - self.charged_back


NAMES = tuple(field.name for field in fields(Sums))
Groups = dict[tuple[str, str], Sums]
"""The sums of one facet by key and word."""


EVERYTHING = NAMES
AMOUNT_PAID = ("counted", "paid", "paid_amount")
COUNT = ("counted",)


def by_facet(
    whose: Slice,
    first: dt.date,
    last: dt.date,
    facets: Collection[Facet] = tuple(Facet),
    names: Collection[str] = EVERYTHING,
) -> dict[Facet, Groups]:
    """Add up the days from `first` to `last`, both of them in, by each facet; only the sums that are named."""
    rows = _of(whose, first, last).filter(facet__in=list(facets))
    found: dict[Facet, Groups] = {facet: {} for facet in facets}
    sums = {f"sum_{name}": Sum(name) for name in names}
    for row in rows.values("facet", "key", "word").annotate(**sums).order_by("facet", "key", "word"):
        group = Sums(**{name: int(row[f"sum_{name}"]) for name in names})
        found[Facet(row["facet"])][row["key"], row["word"]] = group
    return found


def paid_by_day(whose: Slice, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """Return what was captured of payments that are paid now (or refunded in part), by UTC day; days without are left out."""
    rows = _of(whose, first, last).filter(facet=Facet.STATE, paid__gt=0)
    return {
        day: int(amount) for day, amount in rows.values_list("day").annotate(sum=Sum("paid_amount")).order_by("day")
    }


def this_year(whose: Slice, today: dt.date) -> dict[dt.date, int]:
    """Return `paid_by_day` of the 365 days that end today."""
    return paid_by_day(whose, today - _YEAR, today)


def last_year(whose: Slice, today: dt.date) -> dict[dt.date, int]:
    """Return `paid_by_day` of the same days a year before, under the days of this year, to be laid over them.

    A 29 February comes to lie on the 28th, with what was paid on that.
    """
    rows = paid_by_day(whose, years_away(today - _YEAR, -1), years_away(today, -1))
    found: dict[dt.date, int] = {}
    for day, amount in rows.items():
        later = years_away(day, 1)
        found[later] = found.get(later, 0) + amount
    return found


# One look into the index for each currency of each project and mode, where GROUP BY would read every day there ever was.
_CURRENCIES = """
WITH RECURSIVE own AS (
  SELECT project_id, mode FROM unnest(%(projects)s::uuid[]) project_id CROSS JOIN unnest(%(modes)s::text[]) mode
), used AS (
  SELECT project_id, mode, (SELECT min(r.currency) FROM payments_rollup r
                             WHERE r.project_id = own.project_id AND r.mode = own.mode AND r.facet = %(facet)s) AS currency
    FROM own
  UNION ALL
  SELECT project_id, mode, (SELECT min(r.currency) FROM payments_rollup r
                             WHERE r.project_id = used.project_id AND r.mode = used.mode AND r.facet = %(facet)s
                               AND r.currency > used.currency)
    FROM used WHERE currency IS NOT NULL
), dated AS (
  SELECT used.*, (SELECT max(r.day) FROM payments_rollup r
                   WHERE r.project_id = used.project_id AND r.mode = used.mode AND r.facet = %(facet)s
                     AND r.currency = used.currency) AS last
    FROM used WHERE currency IS NOT NULL
)
SELECT mode, currency
  FROM (SELECT dated.*, max(last) OVER (PARTITION BY mode) AS newest FROM dated) d
 CROSS JOIN LATERAL (SELECT coalesce(sum(r.counted), 0) AS counted FROM payments_rollup r
                      WHERE r.project_id = d.project_id AND r.mode = d.mode AND r.facet = %(facet)s
                        AND r.currency = d.currency AND r.day > d.newest - %(days)s) c
 GROUP BY mode, currency ORDER BY sum(c.counted) DESC, currency
"""
_DAYS_OF_USE = 30


def currencies(projects: Collection[uuid.UUID]) -> dict[str, list[str]]:
    """List the currencies of all payments by mode, the most used first: in the last 30 days that end with a payment."""
    found: dict[str, list[str]] = {mode: [] for mode in Mode.values}
    asked: dict[str, Any] = {
        "projects": list(projects),
        "modes": Mode.values,
        "facet": Facet.STATE.value,
        "days": _DAYS_OF_USE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CURRENCIES, asked)
        for mode, currency in cursor.fetchall():
            found[mode].append(currency)
    return found


def as_of(projects: Collection[uuid.UUID]) -> dt.datetime | None:
    """Tell until when the rollups know everything: the last run, or an older change that still waits; None of none."""
    runs = PeriodicRun.objects.filter(task=REFRESHED_BY).aggregate(at=Max("slot"))["at"]
    days = RollupDay.objects.filter(project__in=projects).aggregate(at=Max("computed_at"))["at"]
    done = max((at for at in (runs, days) if at is not None), default=None)
    waiting = RollupMark.objects.filter(project__in=projects).aggregate(at=Min("created_at"))["at"]
    return min((at for at in (done, waiting) if at is not None), default=None) if done is not None else None


def major(amount: int, currency: str) -> Decimal:
    """Write a sum of minor units in the currency's major units, with its decimals: 1299 EUR is 12.99. Of any size."""
    return Decimal(amount).scaleb(-exponent(currency))


def _of(whose: Slice, first: dt.date, last: dt.date) -> Any:
    rows = Rollup.objects.filter(project__in=whose.projects, mode=whose.mode, day__range=(first, last))
    return rows.filter(currency=whose.currency) if whose.currency else rows
