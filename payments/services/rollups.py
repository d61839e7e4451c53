"""Keep the rollups in step with the payments.

A day stays open until it was added up some time after its end, and an open day is added up again and again; so the payments
of today need no mark, and paying costs no statement more. A later change to an older payment (a refund, a late success)
writes a mark in its own transaction, and its day is added up again.
"""

import datetime as dt
import time
import uuid

from django.db import connection
from django.db.models import Max

from paymenthub.kernel import clock, db
from payments import locks
from payments.models import Mode, Payment, Project, Rollup, RollupDay, RollupMark
from payments.saga.change import Change
from payments.selectors import rollup_sums
from payments.selectors.rollup_sums import day_of, start_of

YOUNG = dt.timedelta(hours=1)
"""A change to a payment that is younger writes no mark: its day is open."""
SETTLED = YOUNG + dt.timedelta(hours=1)
"""How long after its end a day stays open: what is written by then without a mark, and committed an hour late, counts."""
EVERY = 60.0
"""Seconds between two runs."""
_REST = 10
"""An open day is added up again after so many times as long as it took: a big one takes a tenth of a worker at most."""
_OVERLAP = dt.timedelta(days=2)
"""How far before the last day that is known new days are looked for: a payment may be committed after one of the next day."""
_DAYS_AT_ONCE = 31
_DAY = dt.timedelta(days=1)
_COLUMNS = ", ".join(rollup_sums.COLUMNS)

Day = tuple[uuid.UUID, dt.date]
"""A project's id, and a day of it."""


def observe_change(change: Change) -> None:
    """Mark the day of an older payment that changes, in the transaction of the change."""
    mark(change.payment)


def mark(payment: Payment) -> None:
    """Have the day of a payment added up again, if it may be closed. Part of the caller's transaction."""
    if payment.created_at <= clock.now() - YOUNG:
        RollupMark.objects.create(project_id=payment.project_id, day=day_of(payment.created_at))


def add_up(project_id: uuid.UUID, first: dt.date, last: dt.date) -> None:
    """Add the payments of these days up anew, in one durable transaction.

    Under the lock of the days, in this order: the marks that are seen are taken off, then the payments are read. A change
    that the reading does not see leaves its mark; nobody can write an older reading over a newer one.
    """
    began = time.monotonic()
    days = [first + _DAY * number for number in range((last - first).days + 1)]
    with db.durable():
        RollupDay.objects.bulk_create(
            [RollupDay(project_id=project_id, day=day) for day in days], ignore_conflicts=True
        )
        locks.rollup_days(project_id, first, last)
        now = clock.now()
        RollupMark.objects.filter(project=project_id, day__range=(first, last)).delete()
        _write(project_id, first, last)
        took = round((time.monotonic() - began) * 1000 / len(days))
        open_since = _first_open(now)
        held = RollupDay.objects.filter(project=project_id, day__range=(first, last))
        for is_open, some in ((False, held.filter(day__lt=open_since)), (True, held.filter(day__gte=open_since))):
            some.update(computed_at=now, took_ms=took, is_open=is_open)


def closes_at(day: dt.date) -> dt.datetime:
    """Return from when on a day that is added up is closed: every later change to it writes a mark."""
    return start_of(day + _DAY) + SETTLED


def _first_open(now: dt.datetime) -> dt.date:
    """Return the first day that `closes_at` keeps open."""
    day = day_of(now)
    while now < closes_at(day - _DAY):
        day -= _DAY
    return day


def refresh(*, seconds: float = EVERY * 0.75) -> int:
    """Add up what is marked and what is open, for so many seconds at most; return how many days were added up.

    The newest days come first. Safe to run twice at once, and after any pause: what was not reached stays marked or open.
    """
    ends, done = time.monotonic() + seconds, 0
    waiting = {*_marked(), *_open_days(), *_new_days()}
    for project_id, day in sorted(waiting, key=lambda pair: (pair[1], pair[0]), reverse=True):
        if done and time.monotonic() > ends:
            break
        add_up(project_id, day, day)
        done += 1
    return done


def rebuild(project_id: uuid.UUID, since: dt.date | None = None) -> int:
    """Add up every day of a project with payments, from its first one (or `since`) on; return how many days.

    A month is one transaction.
    """
    ends = [day_of(at) for at in _ends(project_id, since)]
    if not ends:
        return 0
    first, last = min(ends), max(ends)
    for number in range(0, (last - first).days + 1, _DAYS_AT_ONCE):
        begin = first + _DAY * number
        add_up(project_id, begin, min(last, begin + _DAY * (_DAYS_AT_ONCE - 1)))
    return (last - first).days + 1


def _ends(project_id: uuid.UUID, since: dt.date | None) -> list[dt.datetime]:
    """Return when the first and the last payment of each mode were created, over the index of the list."""
    found: list[dt.datetime] = []
    for mode in Mode.values:
        payments = Payment.objects.filter(project=project_id, mode=mode)
        if since is not None:
            payments = payments.filter(created_at__gte=start_of(since))
        for order in ("created_at", "-created_at"):
            found += payments.order_by(order, order.replace("created_at", "id")).values_list("created_at", flat=True)[
                :1
            ]
    return found


def _write(project_id: uuid.UUID, first: dt.date, last: dt.date) -> None:
    Rollup.objects.filter(project=project_id, day__range=(first, last)).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO payments_rollup ({_COLUMNS}) {rollup_sums.STATEMENT}",
            rollup_sums.parameters([project_id], Mode.values, start_of(first), start_of(last + _DAY)),
        )


def _marked() -> set[Day]:
    return set(RollupMark.objects.values_list("project_id", "day").distinct())


def _open_days() -> set[Day]:
    now = clock.now()
    return {(row.project_id, row.day) for row in RollupDay.objects.filter(is_open=True) if _is_due(row, now)}


def _is_due(row: RollupDay, now: dt.datetime) -> bool:
    if row.computed_at is None or now >= closes_at(row.day):
        return True
    return now >= row.computed_at + dt.timedelta(milliseconds=row.took_ms * _REST)


def _new_days() -> set[Day]:
    """Find days with payments that were never added up, from shortly before the last known day of their project on."""
    known = dict(RollupDay.objects.values_list("project_id").annotate(last=Max("day")))
    found: set[Day] = set()
    for project_id in Project.objects.values_list("pk", flat=True):
        since = start_of(known[project_id] - _OVERLAP) if project_id in known else None
        days = {day for mode in Mode.values for day in _days_with_payments(project_id, mode, since)}
        days -= set(RollupDay.objects.filter(project=project_id, day__in=days).values_list("day", flat=True))
        found |= {(project_id, day) for day in days}
    return found


def _days_with_payments(project_id: uuid.UUID, mode: str, since: dt.datetime | None) -> set[dt.date]:
    """Walk from day to day: one look into the index for each day that has payments."""
    found: set[dt.date] = set()
    payments = Payment.objects.filter(project=project_id, mode=mode).order_by("created_at", "id")
    while True:
        later = payments if since is None else payments.filter(created_at__gte=since)
        at = later.values_list("created_at", flat=True).first()
        if at is None:
            return found
        found.add(day_of(at))
        since = start_of(day_of(at) + _DAY)
