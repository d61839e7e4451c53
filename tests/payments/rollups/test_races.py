"""A change that is committed while its day is added up is counted in the end."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from payments.models import Payment, Project, RollupMark
from payments.services import rollups
from tests.scripted import Script

from .story import paying, refunding, told
from .test_add_up import NOON, refreshed

pytestmark = pytest.mark.django_db(transaction=True)

LATER, STILL_LATER = "2026-06-01T12:00", "2026-06-01T12:01"


def _refunded_behind_the_reading(
    monkeypatch: pytest.MonkeyPatch, payment: Payment, script: Script, then: Callable[[], Any] = lambda: None
) -> None:
    """While a day is added up, right after its payments were read: a refund is committed, and `then` is called."""
    write, refunds = rollups._write, [400]

    def written(*days: Any) -> None:
        write(*days)
        if refunds:
            thread = threading.Thread(target=_refund, args=(payment, script, refunds.pop()))
            thread.start()
            thread.join(30)
            assert not thread.is_alive(), "adding up holds up a refund"
            then()

    monkeypatch.setattr(rollups, "_write", written)


def _refund(payment: Payment, script: Script, amount: int) -> None:
    try:
        refunding(payment, script, LATER, amount)
    finally:
        connections.close_all()


def test_a_refund_that_is_committed_right_after_the_reading_is_added_up_next(
    project: Project, account: Any, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = paying(project, script, NOON, 1000)
    _refunded_behind_the_reading(monkeypatch, payment, script)

    refreshed(LATER)
    assert told(project, "2026-03-10")["1"].refunded == 0
    refreshed(STILL_LATER)

    assert told(project, "2026-03-10")["2"].refunded == 400


def test_control_where_marks_are_taken_off_after_the_reading_the_refund_is_forgotten(
    project: Project, account: Any, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = paying(project, script, NOON, 1000)
    _refunded_behind_the_reading(monkeypatch, payment, script, then=RollupMark.objects.all().delete)

    refreshed(LATER)
    refreshed(STILL_LATER)

    assert told(project, "2026-03-10").keys() == {"1"}
