"""Time limits of states: data of the machine; they decide what happens next, never what happened to money."""

import pytest

from paymenthub.kernel import clock
from payments.models import Attempt, OperatorItem, OutboxEvent, Payment, Transition
from payments.saga.handlers import StepAnswer
from payments.services.expire_due import due_for_expiry, expire_payment
from payments.services.pay import pay
from payments.services.time_out import due_timeouts, time_out
from payments.tasks import schedule, steps
from providers.errors import OutcomeUnknown
from providers.types import Outcome, Subject, Verdict
from tests import factories
from tests.concurrency.race import together
from tests.scripted import payment

from .world import small_machine, time_goes_by, work

pytestmark = pytest.mark.django_db(transaction=True)


def limit(event: str, seconds: int = 60) -> dict:
    return {"timeout": {"seconds": seconds, "event": event}}


@pytest.fixture
def paying(project, account, script, install, handle):
    """Pay on a machine whose states have time limits; `said` is what the step answers."""
    script.pay = [payment(Outcome.SUCCEEDED)]
    said = [""]
    handle("step", lambda command: StepAnswer(said[0]))

    def now(states, answer="", **over):
        said[0] = answer
        install(small_machine(states=states))
        return pay(factories.pay_command(project, **over)).payment

    return now


def later(seconds: float = 61):
    with clock.advanced(seconds):
        time_goes_by()


def test_a_state_that_is_not_left_in_time_is_fed_its_event(paying, script):
    paying({"STEP": limit("stepFailed")})
    work()
    later(59)
    before = Payment.objects.get().state
    later(61)

    row = Payment.objects.get()
    assert (before, row.state, row.claimed_shop_transaction_id) == ("STEP", "FAILED", None)
    assert (row.state_times_out_at, script.asked) == (None, [])
    assert list(OutboxEvent.objects.values_list("type", flat=True)) == ["payment.failed"]
    last = Transition.objects.latest("number")
    assert (last.source, last.evidence) == ("step", "timeout:STEP")


def test_a_state_that_was_left_is_not_timed_out(paying, script):
    row = paying({"STEP": limit("stepFailed")}, answer="passed")
    work()
    assert Payment.objects.get().state_times_out_at is None
    with clock.advanced(100):
        assert due_timeouts() == []
        assert time_out(row.pk, row.state_number) is None
    assert Payment.objects.get().state == "PAID"


def test_a_state_that_was_entered_anew_has_its_time_anew(paying):
    row = paying({"STEP": limit("again")})
    with clock.advanced(61):
        assert time_out(row.pk, row.state_number) is not None
        assert time_out(row.pk, row.state_number) is None
        now = Payment.objects.get()
        assert (now.state, now.state_number) == ("STEP", row.state_number + 1)
        assert now.state_times_out_at > clock.now()


def test_of_many_beats_one_feeds(paying):
    row = paying({"STEP": limit("again")})
    with clock.advanced(61):
        together(*[lambda: time_out(row.pk, row.state_number)] * 3)
    assert Transition.objects.filter(event="again").count() == 1


def test_a_time_limit_may_command_the_charge_and_it_is_made_once(paying, script):
    paying({"STEP": limit("passed")})
    later()
    later()
    assert (Payment.objects.get().captured, script.count("pay")) == (1299, 1)


@pytest.mark.parametrize("event", ["giveUp", "paymentFailed", "paymentExpired"])
def test_a_charge_in_doubt_is_never_ended_by_time(paying, script, event):
    script.pay, script.fetch = [OutcomeUnknown("timeout")], [OutcomeUnknown("timeout")]
    script.expire = [OutcomeUnknown("timeout")]
    paying({"CHARGING": limit(event) | {"ways": _ways(event)}}, answer="passed")
    work()

    for hours in (1, 5, 50):
        with clock.advanced(hours * 3600):
            time_goes_by()
            for over in due_for_expiry():
                expire_payment(over)

    row = Payment.objects.get()
    assert (row.state, row.claimed_shop_transaction_id is None) == ("CHARGING", False)
    assert Attempt.objects.get().state == "UNKNOWN"


def _ways(event):
    return {
        "paymentScheduled": "WAITING",
        "paymentExecuted": ("PAID", 1),
        "paymentFailed": ("FAILED", 1000),
        "paymentAuthorized": ("HELD", 20),
        "giveUp": ("FAILED", 1000),
        "paymentExpired": ("EXPIRED", 1002),
    }


def test_a_session_that_waits_for_its_customer_is_closed_at_the_provider_first(paying, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    script.fetch = [payment(Outcome.ACTION_REQUIRED)]
    script.expire = [Verdict(Subject.CANCEL, Outcome.SUCCEEDED)]
    paying({"WAITING": limit("giveUp")}, answer="passed")
    work()
    assert Payment.objects.get().state == "WAITING"

    with clock.advanced(61):
        time_goes_by()
        assert Payment.objects.get().state == "WAITING", "not by time alone"
        (over,) = due_for_expiry()
        assert expire_payment(over)

    assert (Payment.objects.get().state, script.count("expire")) == ("EXPIRED", 1)


def test_a_customer_who_paid_in_the_last_moment_has_paid(paying, script):
    script.pay, script.fetch = [payment(Outcome.ACTION_REQUIRED)], [payment(Outcome.SUCCEEDED)]
    paying({"WAITING": limit("giveUp")}, answer="passed")
    work()
    with clock.advanced(61):
        time_goes_by()
        for over in due_for_expiry():
            expire_payment(over)
    assert (Payment.objects.get().captured, Payment.objects.get().state) == (1299, "PAID")


def test_held_money_is_not_given_up_by_time_but_put_before_an_operator(paying, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    held = {"HELD": limit("giveUp") | {"ways": {"goodsShipped": ("CAPTURING", 20), "giveUp": ("FAILED", 1000)}}}
    paying(held, answer="passed", capture_mode="manual")
    work()
    later()
    later()

    row = Payment.objects.get()
    assert (row.state, row.authorized, row.state_times_out_at) == ("HELD", 1299, None)
    assert "holds money" in OperatorItem.objects.get().evidence["why"]


def test_a_time_limit_never_says_that_money_came(paying, script):
    paying({"STEP": limit("claimPaid")})
    later()
    assert (Payment.objects.get().state, OperatorItem.objects.count()) == ("STEP", 1)
    later()
    assert OperatorItem.objects.count() == 1


def test_the_beat_gives_each_state_to_a_worker(paying, settings, monkeypatch):
    row = paying({"STEP": limit("stepFailed")})
    given = []
    monkeypatch.setattr(steps, "nudge", lambda task, argument: given.append((task.name, argument)))
    with clock.advanced(61):
        steps.time_out_states()
        assert given == [("payments.time_out_state", f"{row.pk}:{row.state_number}")]
        steps.time_out_state(given[0][1])
    assert Payment.objects.get().state == "FAILED"
    assert ("payments.time_out_states", settings.SAGA_TIMEOUT_INTERVAL) in list(schedule.periodic_tasks(settings))
