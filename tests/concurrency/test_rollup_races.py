"""Payments change while their day is added up: nothing is lost, and an older reading never ends up over a newer one."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connections

from paymenthub.kernel import clock
from payments.models import Rollup, RollupDay, RollupMark
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
    assert RollupMark.objects.count() == 1

    assert rollups.refresh() == 1

    assert told(project, "2026-03-10")["2"].refunded == 400
    assert not RollupMark.objects.exists()


def test_control_marks_taken_off_after_the_reading_lose_the_refund(project, account, script, monkeypatch):
    real = rollups._write

    def write_then_forget(project_id: Any, first: dt.date, last: dt.date) -> None:
        real(project_id, first, last)
        forget.wait(race.WAIT)
        RollupMark.objects.filter(project=project_id).delete()

    forget = threading.Event()
    monkeypatch.setattr(rollups, "_write", write_then_forget)
    payment = paying(project, script, NOON, 1000)
    RollupMark.objects.create(project=project, day=day("2026-03-10"))
    reader = in_thread(add_up)
    while not Rollup.objects.exists() and reader.is_alive() and not forget.is_set():
        refunding(payment, script, LATER, 400)
        forget.set()
    reader.join(race.WAIT)

    rollups.refresh()

    assert "1" in told(project, "2026-03-10") or told(project, "2026-03-10")["2"].refunded == 400


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
