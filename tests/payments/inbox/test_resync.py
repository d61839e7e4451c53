"""S74: what a PSP lists is worked off as its notifications are; what the hub does not know goes before a person."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from payments.attempts.listing import CannotList
from payments.inbox.resync import resync
from payments.models import Attempt, OperatorItem, Payment
from payments.services.pay import pay
from providers.errors import Unavailable
from providers.types import EventsPage, Notification, Outcome, Subject, Verdict
from tests import factories, scripted
from tests.scripted import ScriptedDriver, payment, refund

pytestmark = pytest.mark.django_db(transaction=True)
SINCE = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


def told(*verdicts: Verdict, key: str = "evt_1") -> Notification:
    return Notification(key, "payment.told", verdicts)


@pytest.fixture
def waiting(project, account, script) -> Attempt:
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    pay(factories.pay_command(project))
    return Attempt.objects.get()


def test_s74_what_is_known_is_settled_page_by_page_and_what_is_not_becomes_one_item(account, waiting, script):
    lost = payment(Outcome.SUCCEEDED, id="psp_lost", amount=999)
    script.list_events = [
        EventsPage((told(payment(Outcome.SUCCEEDED)), told(lost, key="evt_2")), cursor="evt_2"),
        EventsPage((told(lost, key="evt_3"), told(payment(Outcome.DECLINED, id="psp_other"), key="evt_4"))),
    ]

    done = resync(account, SINCE)

    assert Payment.objects.get().captured == 1299
    assert (done.events, done.changed, done.unknown) == (4, 1, {"psp_lost"})
    assert [request.cursor for what, _, request in script.asked if what == "list_events"] == ["", "evt_2"]
    item = OperatorItem.objects.get()
    assert (item.kind, item.about, item.evidence["amount"]) == ("unknown_here", "scripted:psp_lost", 999)


def test_a_second_run_changes_nothing(account, waiting, script):
    script.list_events = [EventsPage((told(payment(Outcome.SUCCEEDED)), told(payment(Outcome.SUCCEEDED, id="lost"))))]
    resync(account, SINCE)
    before = (Payment.objects.get().updated_at, Payment.objects.get().transitions.count())

    again = resync(account, SINCE)

    assert again.changed == 0
    assert (Payment.objects.get().updated_at, Payment.objects.get().transitions.count()) == before
    assert OperatorItem.objects.count() == 1


def test_a_dry_run_tells_what_is_unknown_and_changes_nothing(account, waiting, script):
    script.list_events = [EventsPage((told(payment(Outcome.SUCCEEDED)), told(payment(Outcome.SUCCEEDED, id="lost"))))]

    done = resync(account, SINCE, dry_run=True)

    assert (len(done.payments), done.unknown, done.changed) == (1, {"lost"}, 0)
    assert (Payment.objects.get().captured, OperatorItem.objects.count()) == (0, 0)


def test_a_refund_of_a_payment_that_is_not_known_names_the_payment(account, script):
    script.list_events = [EventsPage((told(refund(Outcome.SUCCEEDED, 500)),))]

    assert resync(account, SINCE).unknown == {"psp_1"}
    assert OperatorItem.objects.get().evidence["subject"] == Subject.REFUND.value


def test_another_accounts_events_are_not_believed(account, waiting, script):
    script.list_events = [EventsPage((told(payment(Outcome.SUCCEEDED, live=True)),))]

    resync(account, SINCE)

    assert (Payment.objects.get().captured, OperatorItem.objects.get().kind) == (0, "account_mismatch")


def test_what_was_done_before_the_psp_fell_silent_stays(account, waiting, script):
    script.list_events = [EventsPage((told(payment(Outcome.SUCCEEDED)),), cursor="evt_1"), Unavailable("down")]

    with pytest.raises(CannotList, match="Unavailable: down"):
        resync(account, SINCE)

    assert Payment.objects.get().captured == 1299


def test_pages_that_go_in_a_circle_are_left(account, script):
    script.list_events = [EventsPage((), cursor="evt_1")]

    with pytest.raises(CannotList, match="circle"):
        resync(account, SINCE)

    assert script.count("list_events") == 2


def test_the_command_names_what_could_not_be_brought_up_to_date(account, waiting, script, monkeypatch):
    script.list_events = [EventsPage((told(payment(Outcome.SUCCEEDED)),), unreadable=("evt_9",))]
    out = StringIO()

    with pytest.raises(CommandError, match="events that cannot be read: evt_9"):
        call_command("resync", since="2027-01-01", stdout=out, stderr=StringIO())

    assert out.getvalue().splitlines()[1].split()[-6:] == ["2", "1", "1", "0", "0", "1"]
    monkeypatch.setattr(ScriptedDriver, "operations", scripted.ScriptedDriver.operations - {"list_events"})
    with pytest.raises(CommandError, match="does not list what happened"):
        call_command("resync", since="2027-01-01", stdout=StringIO(), stderr=StringIO())


def test_the_command_refuses_what_is_no_time(db):
    with pytest.raises(CommandError, match="such as 2027-12-31T08:00"):
        call_command("resync", since="yesterday")
