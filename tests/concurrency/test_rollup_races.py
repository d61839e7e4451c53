"""Payments change while their day is added up: nothing is lost, and an older reading never ends up over a newer one."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, connections

from paymenthub.kernel import clock
from payments import locks
from payments.domain.rollup import Facet
from payments.models import Rollup, RollupDay, RollupMark
from payments.selectors import rollup_sums
from payments.services import rollups
from tests.payments.rollups.story import at, day, paying, refunding, told

from . import race

pytestmark = pytest.mark.django_db(transaction=True)

NOON = "2026-03-10T12:00"
LATER = "2026-06-01T12:00"


@pytest.fixture(autouse=True)
def _months_later():
    with clock.frozen(at(LATER)):
        yield


def stopped_after_reading(monkeypatch: Any) -> tuple[threading.Event, threading.Event]:
    """Stop the first reader of a day when it has read and written, before it commits, until the test lets it go on."""
    read, go_on = threading.Event(), threading.Event()
    real, first = rollups._write, threading.Lock()

    def write(*args: Any) -> None:
        real(*args)
        if first.acquire(blocking=False):
            read.set()
            assert go_on.wait(race.WAIT)

    monkeypatch.setattr(rollups, "_write", write)
    return read, go_on


def in_thread(function: Any) -> threading.Thread:
    def run() -> None:
        try:
            function()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def add_up() -> None:
    with clock.frozen(at(LATER)):
        rollups.refresh()


def a_change_while_the_day_is_read(project: Any, script: Any, monkeypatch: Any) -> None:
    """One reads the day; a refund is committed; the first one writes what it had read."""
    payment = paying(project, script, NOON, 1000)
    RollupDay.objects.create(project=project, day=day("2026-03-10"))
    RollupMark.objects.create(project=project, day=day("2026-03-10"))
    read, go_on = stopped_after_reading(monkeypatch)
    reader = in_thread(add_up)
    assert read.wait(race.WAIT)
    refunding(payment, script, LATER, 400)
    go_on.set()
    reader.join(race.WAIT)


def test_a_refund_that_is_committed_while_the_day_is_read_is_in_the_next_reading(project, account, script, monkeypatch):
    a_change_while_the_day_is_read(project, script, monkeypatch)
    assert told(project, "2026-03-10").keys() == {"1"}
    assert RollupMark.objects.exists()

    assert rollups.refresh() == 1

    assert told(project, "2026-03-10")["2"].refunded == 400
    assert not RollupMark.objects.exists()


def test_control_marks_taken_off_without_another_reading_lose_the_refund(project, account, script, monkeypatch):
    a_change_while_the_day_is_read(project, script, monkeypatch)
    RollupMark.objects.all().delete()

    assert rollups.refresh() == 0

    assert told(project, "2026-03-10").keys() == {"1"}


def two_readers(project: Any, script: Any, monkeypatch: Any) -> None:
    """One has read the day; a refund is committed and a second one reads and writes; then the first one writes."""
    payment = paying(project, script, NOON, 1000)
    RollupMark.objects.create(project=project, day=day("2026-03-10"))
    read, go_on = stopped_after_reading(monkeypatch)
    older = in_thread(add_up)
    assert read.wait(race.WAIT)
    refunding(payment, script, LATER, 400)
    newer = in_thread(add_up)
    newer.join(1.0)
    go_on.set()
    older.join(race.WAIT)
    newer.join(race.WAIT)
    assert not older.is_alive()
    assert not newer.is_alive()


def test_two_who_add_the_same_day_up_end_with_the_newer_reading(project, account, script, monkeypatch):
    two_readers(project, script, monkeypatch)

    assert told(project, "2026-03-10")["2"].refunded == 400
    assert "1" not in told(project, "2026-03-10")
    assert not RollupMark.objects.exists()


def test_control_without_the_lock_the_older_reading_ends_up_over_the_newer_one(project, account, script, monkeypatch):
    # Without the lock the second one does not wait, and the first one, which has read less, writes last.
    def unlocked(project_id: Any, first: dt.date, last: dt.date) -> list[RollupDay]:
        return list(RollupDay.objects.filter(project=project_id, day__range=(first, last)))

    RollupDay.objects.create(project=project, day=day("2026-03-10"))
    monkeypatch.setattr(locks, "rollup_days", unlocked)
    payment = paying(project, script, NOON, 1000)
    read, go_on = threading.Event(), threading.Event()
    real, first = rollups._write, threading.Lock()

    def write(project_id: Any, since: dt.date, until: dt.date) -> None:
        if not first.acquire(blocking=False):
            real(project_id, since, until)
            return
        rows = [(row.key, row.refunded) for row in _as_read(project)]
        read.set()
        assert go_on.wait(race.WAIT)
        Rollup.objects.filter(project=project_id, facet=Facet.STATE).delete()
        for key, refunded in rows:
            fields = {"mode": "test", "day": since, "currency": "EUR", "facet": Facet.STATE, "counted": 1}
            Rollup.objects.create(project_id=project_id, key=key, refunded=refunded, **fields)

    monkeypatch.setattr(rollups, "_write", write)
    older = in_thread(lambda: rollups.add_up(project.id, day("2026-03-10"), day("2026-03-10")))
    assert read.wait(race.WAIT)
    refunding(payment, script, LATER, 400)
    newer = in_thread(lambda: rollups.add_up(project.id, day("2026-03-10"), day("2026-03-10")))
    newer.join(race.WAIT)
    assert not newer.is_alive()
    go_on.set()
    older.join(race.WAIT)

    assert told(project, "2026-03-10")["1"].refunded == 0


def _as_read(project: Any) -> list[Any]:
    """What the statement of the rollups reads at this moment."""
    wanted = rollup_sums.parameters([project.id], ["test"], at("2026-03-10"), at("2026-03-11"))
    with connection.cursor() as cursor:
        cursor.execute(rollup_sums.STATEMENT, wanted)
        rows = [dict(zip(rollup_sums.COLUMNS, row, strict=True)) for row in cursor]
    return [Rollup(key=row["key"], refunded=row["refunded"]) for row in rows if row["facet"] == Facet.STATE]
