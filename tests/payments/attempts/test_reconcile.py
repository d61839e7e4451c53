"""Asking a PSP about an attempt: what is done, and what is never done."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from payments.attempts import provider_data, reconcile
from payments.models import Attempt, OutboxEvent, Payment, Source
from payments.services.pay import pay
from payments.verdicts.apply import Told, apply
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome, Subject, Verdict
from tests import factories
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)
NOT_FOUND = Verdict(Subject.PAYMENT, Outcome.NOT_FOUND)


@pytest.fixture
def in_doubt(project, account, script) -> Attempt:
    """An attempt that was sent and never answered."""
    script.pay = [OutcomeUnknown("read timeout"), payment(Outcome.SUCCEEDED)]
    pay(factories.pay_command(project))
    return Attempt.objects.get()


@pytest.fixture
def orphan(project, account, script) -> Attempt:
    """An attempt whose process died between the two transactions: written down, leased, never heard of again."""

    class Killed(BaseException):
        """What SIGKILL is to the code under test: nothing runs after it."""

    script.pay = [lambda *_: (_ for _ in ()).throw(Killed), payment(Outcome.SUCCEEDED)]
    with pytest.raises(Killed):
        pay(factories.pay_command(project))
    return Attempt.objects.get()


def check(attempt: Attempt) -> Attempt:
    reconcile.check(attempt.id, source=Source.SYSTEM)
    attempt.refresh_from_db()
    return attempt


def test_s1_an_attempt_in_doubt_is_settled_by_what_the_psp_says(in_doubt, script):
    script.fetch = [payment(Outcome.SUCCEEDED)]

    check(in_doubt)

    row = Payment.objects.get()
    assert (in_doubt.state, row.state, row.captured, script.count("pay")) == ("SUCCEEDED", "PAYMENT_EXECUTED", 1299, 1)
    assert row.transitions.last() is not None
    assert row.transitions.order_by("-number")[0].event == "paymentExecutedByTheSystem"


def test_a_psp_that_does_not_answer_leaves_it_in_doubt_and_is_asked_again_later(in_doubt, script):
    script.fetch = [Unavailable("down")]

    check(in_doubt)

    assert (in_doubt.state, in_doubt.checks) == ("UNKNOWN", 1)
    assert in_doubt.next_check_at > clock.now() + dt.timedelta(seconds=3)


def test_s35_it_is_asked_less_and_less_often_but_for_ever(in_doubt, script, settings):
    script.fetch = [Unavailable("down")]
    pauses = []
    for _ in range(20):
        check(in_doubt)
        pauses.append((in_doubt.next_check_at - clock.now()).total_seconds())

    assert pauses[0] < 7
    assert pauses[5] > 60
    assert 0.7 * 3600 < pauses[-1] <= 1.3 * 3600


def test_s5_an_attempt_that_never_arrived_is_sent_once_with_its_own_key(orphan, script):
    script.fetch = [NOT_FOUND]
    key = orphan.idempotency_key

    with clock.advanced(120):
        check(orphan)

    assert [call.idempotency_key for kind, call, _ in script.asked if kind == "pay"] == [key, key]
    assert (orphan.state, Payment.objects.get().state) == ("SUCCEEDED", "PAYMENT_EXECUTED")


def test_an_attempt_that_somebody_runs_right_now_is_left_alone(orphan, script):
    script.fetch = [NOT_FOUND]

    check(orphan)

    assert (script.count("fetch"), script.count("pay"), orphan.state) == (0, 1, "OPEN")


def test_s5_it_is_not_sent_again_when_the_psp_no_longer_remembers_keys(orphan, script):
    script.fetch = [NOT_FOUND]

    with clock.advanced(25 * 3600):
        check(orphan)

    assert (script.count("pay"), orphan.state, Payment.objects.get().state) == (1, "NOT_SENT", "PAYMENT_FAILED")


def test_s5_it_is_not_sent_again_when_its_bytes_would_differ(orphan, script):
    script.fetch = [NOT_FOUND]
    Payment.objects.update(description="changed since")

    with clock.advanced(120):
        check(orphan)

    assert (script.count("pay"), orphan.state) == (1, "OPEN")


def test_s5_it_is_not_sent_again_when_its_provider_data_is_gone(project, account, script):
    script.pay = [OutcomeUnknown("read timeout")]
    script.fetch = [NOT_FOUND]
    pay(factories.pay_command(project, provider_data={"token": "tok_1"}))
    attempt = Attempt.objects.get()
    provider_data.erase(attempt.id)

    check(attempt)

    assert (script.count("pay"), attempt.state) == (1, "UNKNOWN")


def test_kept_provider_data_is_sent_again_with_the_same_key(project, account, script):
    script.pay = [OutcomeUnknown("read timeout"), payment(Outcome.SUCCEEDED)]
    script.fetch = [NOT_FOUND]
    pay(factories.pay_command(project, provider_data={"token": "tok_1"}))
    attempt = Attempt.objects.get()

    with clock.advanced(120):
        check(attempt)

    sent = [request.provider_data for kind, _, request in script.asked if kind == "pay"]
    assert sent == [{"token": "tok_1"}, {"token": "tok_1"}]
    assert attempt.state == "SUCCEEDED"
    assert provider_data.take(attempt.id) is None


def test_s33_not_found_ends_an_attempt_only_after_the_grace_period(in_doubt, script, monkeypatch):
    monkeypatch.setattr("tests.scripted.ScriptedDriver.idempotency_window", None)
    script.fetch = [NOT_FOUND]

    check(in_doubt)
    before = in_doubt.state
    with clock.advanced(901):
        check(in_doubt)

    assert (before, in_doubt.state) == ("UNKNOWN", "NOT_SENT")
    assert Payment.objects.get().claimed_shop_transaction_id is None
    assert OutboxEvent.objects.get().type == "payment.failed"


def test_a_payment_that_the_psp_named_is_not_ended_by_not_found(project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    script.fetch = [NOT_FOUND]
    pay(factories.pay_command(project))
    attempt = Attempt.objects.get()

    with clock.advanced(2 * 86400):
        check(attempt)

    assert attempt.state == "PENDING"


def test_s6_an_attempt_whose_runner_died_comes_due_when_its_lease_is_over(orphan):
    before = reconcile.due()
    with clock.advanced(61):
        after = reconcile.due()

    assert (before, after) == ([], [orphan.id])


def test_due_attempts_are_taken_once(in_doubt):
    with clock.advanced(60):
        first, second = reconcile.due(), reconcile.due()

    assert (first, second) == ([in_doubt.id], [])


def test_s43_a_success_after_the_end_is_recorded_and_put_before_a_person(project, account, script):
    script.pay = [payment(Outcome.DECLINED)]
    row = pay(factories.pay_command(project)).payment
    attempt = Attempt.objects.get()
    apply(
        payment_id=row.id, attempt_id=attempt.id, news=payment(Outcome.SUCCEEDED), told=Told(Source.WEBHOOK, "evt_late")
    )

    row.refresh_from_db()
    assert (row.captured, row.state, row.claimed_shop_transaction_id) == (1299, "PAYMENT_EXECUTED", None)
    assert row.operator_items.get().kind == "late_success"
    assert [e.type for e in row.events.order_by("sequence")] == ["payment.failed", "payment.captured"]
