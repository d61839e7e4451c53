"""Who asks about what, how many at a time, and for how long."""

import datetime as dt
import threading
from collections import Counter

import pytest
from django.db import connections

from paymenthub.kernel import clock
from payments.attempts import breaker, reconcile
from payments.inbox.process import process
from payments.models import Attempt, OperatorItem, Payment
from payments.selectors.explain import explain
from payments.services.give_up import put_before_operators
from payments.services.pay import pay
from payments.services.resolve import resolve_item
from payments.tasks import reconcile as tasks
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Operation, Outcome
from tests import factories
from tests.concurrency.race import together
from tests.scripted import ScriptedDriver, notification_body, payment

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY = 3600, 86400


@pytest.fixture
def pending(project, account, script):
    """Make payments that wait for a verdict, the oldest check first."""
    script.fetch = [lambda call, request: payment(Outcome.PENDING, id=request.references[0].value)]

    def make(count: int, **over) -> list[Attempt]:
        made = []
        for _ in range(count):
            script.pay = [lambda call, _: payment(Outcome.PENDING, id=f"psp_{call.attempt_reference}")]
            row = pay(factories.pay_command(project, **over)).payment
            attempt = row.attempts.get()
            Attempt.objects.filter(pk=attempt.pk).update(next_check_at=clock.now() + dt.timedelta(seconds=len(made)))
            made.append(attempt)
        return made

    return make


def test_of_one_account_so_many_are_taken_the_oldest_first_and_the_others_wait(pending, settings):
    settings.POLL_MAX_IN_FLIGHT = 3
    made = [attempt.id for attempt in pending(5)]

    with clock.advanced(60):
        first, second = reconcile.due(), reconcile.due()
        reconcile.poll(first[1])
        third = reconcile.due()

    assert (first, second, third) == (made[:3], [], [made[3]])


def test_accounts_do_not_take_each_others_places(pending, project, settings):
    settings.POLL_MAX_IN_FLIGHT = 2
    factories.make_account(project, name="second", is_default=False)
    first, second = pending(4), pending(3, account_name="second")

    with clock.advanced(60):
        taken = reconcile.due()

    assert set(taken) == {attempt.id for attempt in (*first[:2], *second[:2])}


def test_workers_that_look_at_the_same_moment_take_no_more_together(pending, settings, monkeypatch):
    settings.POLL_MAX_IN_FLIGHT = 4
    pending(12)
    taken, others = [], []

    def look() -> None:
        try:
            taken.extend(reconcile.due())
        finally:
            connections.close_all()

    def count(accounts):
        """Let another worker look after this one has counted and before it takes."""
        places = Counter(accounts)
        if not others:
            others.append(threading.Thread(target=look))
            others[0].start()
            others[0].join(0.5)  # it waits for this one, so that it is not done by then
        return places

    monkeypatch.setattr("payments.locks.Counter", count)
    with clock.advanced(60):
        taken.extend(reconcile.due())
        others[0].join(20)

    assert (len(taken), len(set(taken))) == (4, 4)


def test_s32_any_number_of_workers_ask_about_each_once_and_never_more_at_once(pending, script, settings):
    settings.POLL_MAX_IN_FLIGHT = 3
    made = pending(12)
    lock, inside, most = threading.Lock(), [], []

    def slow(call, request):
        with lock:
            inside.append(call.attempt_reference)
            most.append(len(inside))
        threading.Event().wait(0.05)
        with lock:
            inside.remove(call.attempt_reference)
        return payment(Outcome.SUCCEEDED, id=request.references[0].value)

    script.fetch = [slow]

    def worker() -> None:
        for attempt_id in reconcile.due():
            tasks.reconcile_one(str(attempt_id))

    with clock.advanced(60):
        together(*[worker] * 5)
        worker()

    assert sorted(call.attempt_reference for kind, call, _ in script.asked if kind == "fetch") == sorted(
        attempt.public_id for attempt in made
    )
    assert max(most) <= 3
    assert Payment.objects.filter(captured=1299).count() == 12


def test_one_task_goes_on_with_what_is_due_so_that_the_backlog_does_not_wait_for_beat(pending, script, settings):
    settings.POLL_MAX_IN_FLIGHT = 1
    made = pending(5)

    with clock.advanced(60):
        [first] = reconcile.due()
        tasks.reconcile_one(str(first))

    asked = [call.attempt_reference for kind, call, _ in script.asked if kind == "fetch"]
    assert asked == [attempt.public_id for attempt in made]


def test_the_place_of_a_worker_that_died_is_free_again(pending, settings):
    settings.POLL_MAX_IN_FLIGHT = 1
    first, _ = pending(2)

    with clock.advanced(60):
        assert reconcile.due() == [first.id]  # and the worker is gone
    with clock.advanced(60 + 2 * settings.ATTEMPT_LEASE + 2):
        taken = reconcile.due()

    assert len(taken) == 1


def test_a_message_that_comes_after_its_lease_asks_nobody(pending, script, settings):
    pending(1)
    with clock.advanced(60):
        [taken] = reconcile.due()
    with clock.advanced(60 + 2 * settings.ATTEMPT_LEASE + 2):
        reconcile.poll(taken)

    assert script.count("fetch") == 0


def test_a_payment_being_sent_by_an_api_call_takes_no_place_of_the_poller(pending, project, script, settings):
    settings.POLL_MAX_IN_FLIGHT = 1
    [waiting] = pending(1)
    taken = []

    def psp(*_):
        with clock.advanced(30):
            taken.extend(reconcile.due())
        return payment(Outcome.SUCCEEDED)

    script.pay = [psp]
    pay(factories.pay_command(project))

    assert taken == [waiting.id]


def test_a_question_without_an_answer_gives_the_place_back_and_asks_later(pending, script):
    [attempt] = pending(1)
    script.fetch = [Unavailable("down")]

    with clock.advanced(60):
        [taken] = reconcile.due()
        assert reconcile.poll(taken)
        attempt.refresh_from_db()
        assert (attempt.checks, attempt.state) == (1, "PENDING")
        assert attempt.lease_until <= clock.now() < attempt.next_check_at


def test_s35_an_account_whose_breaker_is_open_is_skipped_and_its_turn_does_not_count(
    pending, account, script, settings
):
    settings.BREAKER_FAILURES = 2
    made = pending(3)
    with clock.advanced(60):
        for _ in range(2):
            breaker.record(account.id, answered=False)
        taken = reconcile.due()
        tasks.reconcile_one(str(taken[0]))

        attempt = Attempt.objects.get(pk=taken[0])
        assert (attempt.checks, script.count("fetch"), attempt.state) == (0, 0, "PENDING")
        assert 0 < (attempt.next_check_at - clock.now()).total_seconds() <= settings.BREAKER_PAUSE
    with clock.advanced(60 + 31):
        tasks.reconcile_one(str(reconcile.due()[0]))
        assert script.count("fetch") >= 1
    assert len(made) == 3


def test_a_psp_without_a_status_call_leaves_the_backlog_and_the_page_says_so(pending, script, monkeypatch):
    [attempt] = pending(1)
    monkeypatch.setattr(ScriptedDriver, "operations", ScriptedDriver.operations - {Operation.FETCH})

    with clock.advanced(60):
        assert reconcile.poll(*reconcile.due())
    with clock.advanced(DAY):
        again = reconcile.due()

    attempt.refresh_from_db()
    assert (attempt.next_check_at, attempt.state, again, script.count("fetch")) == (None, "PENDING", [], 0)
    assert "Scripted is not asked by itself" in explain(attempt.payment, [attempt]).text


def test_a_dead_runners_attempt_at_such_a_psp_is_in_doubt_and_not_failed(project, account, script, monkeypatch):
    class Killed(BaseException):
        """What SIGKILL is to the code under test."""

    script.pay = [lambda *_: (_ for _ in ()).throw(Killed)]
    monkeypatch.setattr(ScriptedDriver, "operations", ScriptedDriver.operations - {Operation.FETCH})
    with pytest.raises(Killed):
        pay(factories.pay_command(project))

    with clock.advanced(61):
        reconcile.poll(*reconcile.due())

    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.next_check_at, script.count("pay")) == ("UNKNOWN", None, 1)


@pytest.mark.parametrize("in_doubt", [True, False])
def test_there_is_no_cliff_a_person_is_told_once_and_a_late_notification_settles_it(
    project, account, script, settings, in_doubt
):
    settings.BREAKER_FAILURES = 0
    script.pay = [OutcomeUnknown("read timeout") if in_doubt else payment(Outcome.PENDING)]
    script.fetch = [Unavailable("down") if in_doubt else payment(Outcome.PENDING)]
    pay(factories.pay_command(project))
    attempt = Attempt.objects.get()
    told = []

    for day in (1, 8, 30):
        with clock.advanced(day * DAY):
            for _ in range(15):  # until the pause is at its longest
                Attempt.objects.update(next_check_at=clock.now())
                reconcile.poll(*reconcile.due())
            put_before_operators()
            put_before_operators()
            attempt.refresh_from_db()
            pause = (attempt.next_check_at - clock.now()).total_seconds()
        told.append((day, OperatorItem.objects.count(), attempt.state, 0.7 * HOUR < pause < 1.3 * HOUR))

    state = "UNKNOWN" if in_doubt else "PENDING"
    assert told == [(1, 0, state, True), (8, 1, state, True), (30, 1, state, True)]
    item = OperatorItem.objects.get()
    assert (item.kind, item.about, item.payment_id) == ("in_doubt", attempt.public_id, attempt.payment_id)
    assert Payment.objects.get().claimed_shop_transaction_id is not None

    message = factories.notification(
        project=project,
        provider_account=account,
        event_key="evt_late",
        body=notification_body(Outcome.SUCCEEDED, reference=attempt.public_id),
        headers={"x-secret": "s"},
    )
    message.save()
    with clock.advanced(30 * DAY + 60):
        process(message.id)

    row = Payment.objects.get()
    assert (row.captured, row.state) == (1299, "PAYMENT_EXECUTED")


def test_an_item_that_a_person_has_resolved_does_not_come_again(project, account, script):
    script.pay = [OutcomeUnknown("read timeout")]
    pay(factories.pay_command(project))

    with clock.advanced(8 * DAY):
        assert put_before_operators() == 1
        resolve_item(OperatorItem.objects.get(), "ada", "the provider looks into it")
        assert put_before_operators() == 0


def test_beat_tells_operators_once_an_hour(project, account, script, monkeypatch):
    calls = []
    monkeypatch.setattr(tasks, "put_before_operators", lambda: calls.append(1))
    midnight = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    for seconds in (0, 30, 1800, 3600, 3630):
        with clock.frozen(midnight + dt.timedelta(seconds=seconds)):
            tasks.reconcile_due()

    assert len(calls) == 2
