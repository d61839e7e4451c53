"""Events from outside: they decide what happens next, and never what happened to money."""

import pytest

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import HubError, OperationInProgress, Unprocessable, WrongState
from payments.attempts import reconcile
from payments.attempts.start import start
from payments.domain.events import ALIASES, MONEY_EVENTS
from payments.models import Attempt, OperatorItem, Payment, Refund, Source
from payments.saga.handlers import StepAnswer
from payments.services.expire_due import due_for_expiry, expire_payment
from payments.services.feed_event import EventRefused, Outcome, UndecidedAttempt, feed
from payments.services.pay import pay
from payments.services.refund import OverRefund
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome as Said
from tests import factories
from tests.concurrency.race import errors_in, lock_taken_away, together
from tests.scripted import capture, payment, refund

from .world import small_machine, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(project, account, script, install, handle) -> Payment:
    """A payment whose step has not answered yet."""
    install(small_machine())
    handle("step", lambda command: StepAnswer())
    script.pay = [payment(Said.SUCCEEDED)]
    return pay(factories.pay_command(project)).payment


def told(row, event, payload=None, **over):
    """Feed an event as an outside Flow Manager does, and send what it commands."""
    fed = feed(row.pk, event, payload, **{"source": Source.API, "actor": "key", "evidence": "request:1", **over})
    if fed.attempt is not None and fed.outcome is Outcome.TAKEN:
        start(fed.attempt.pk)
    return fed


def unchanged(row):
    now = Payment.objects.get(pk=row.pk)
    return (now.state, now.captured, now.saga_metadata) == (row.state, row.captured, row.saga_metadata)


@pytest.mark.parametrize("event", sorted(MONEY_EVENTS | ALIASES.keys()))
@pytest.mark.parametrize("source", [Source.STEP, Source.API])
def test_no_event_from_outside_says_what_happened_to_money(waiting, event, source):
    with pytest.raises(EventRefused):
        told(waiting, event, source=source)
    assert unchanged(waiting)
    assert Attempt.objects.count() == 0


def test_no_event_leads_into_a_state_that_tells_of_money(waiting):
    with pytest.raises(EventRefused, match="tells of money"):
        told(waiting, "claimPaid")
    assert unchanged(waiting)


def test_an_event_without_a_way_is_recorded_and_changes_nothing(waiting):
    assert told(waiting, "goodsReturned", {"a": 1}).outcome is Outcome.UNEXPECTED
    assert unchanged(waiting)
    last = waiting.transitions.latest("number")
    assert (last.event, last.unexpected, last.actor) == ("goodsReturned", True, "key")


def test_one_charge_comes_of_one_event_however_often_it_is_fed(waiting, script):
    assert [told(waiting, "passed").outcome for _ in range(3)] == [
        Outcome.TAKEN,
        Outcome.UNEXPECTED,
        Outcome.UNEXPECTED,
    ]
    assert (script.count("pay"), Payment.objects.get().captured) == (1, 1299)


def test_of_many_at_once_one_charges(waiting, script):
    outcomes = together(*[lambda: told(waiting, "passed").outcome] * 4)
    assert sorted(outcomes) == [Outcome.TAKEN] + [Outcome.UNEXPECTED] * 3
    assert (script.count("pay"), Attempt.objects.count()) == (1, 1)


def test_control_without_the_lock_two_take_the_event_and_only_a_constraint_is_left(waiting, script, monkeypatch):
    lock_taken_away(monkeypatch, readers=2)
    results = together(*[lambda: feed(waiting.pk, "passed", source=Source.API).outcome] * 2)
    assert len(errors_in(results)) == 1
    assert Attempt.objects.count() == 1


def test_a_charge_that_nobody_has_begun_is_sent_by_the_poller(waiting, script):
    fed = feed(waiting.pk, "passed", source=Source.STEP)

    assert (fed.attempt.state, script.asked) == ("READY", [])
    (due,) = reconcile.due()
    assert reconcile.poll(due)
    assert (script.count("pay"), script.count("fetch"), Payment.objects.get().captured) == (1, 0, 1299)
    assert start(fed.attempt.pk) is None, "and nobody sends it again"


def test_a_charge_that_was_surely_not_sent_is_sent_later_with_its_own_key(waiting, script):
    script.pay = [Unavailable("refused"), payment(Said.SUCCEEDED)]

    told(waiting, "passed")
    assert (Attempt.objects.get().state, Payment.objects.get().state) == ("READY", "CHARGING")
    with clock.advanced(60):
        (due,) = reconcile.due()
        reconcile.poll(due)

    assert Payment.objects.get().captured == 1299
    assert len({call.idempotency_key for _, call, _ in script.asked}) == 1


def test_a_charge_that_the_provider_never_takes_ends_by_time(waiting, script, settings):
    script.pay = [Unavailable("refused")]
    told(waiting, "passed")
    for hours in (25, 60):
        with clock.advanced(hours * 3600):
            for due in reconcile.due():
                reconcile.poll(due)
            for over in due_for_expiry():
                expire_payment(over)

    row = Payment.objects.get()
    assert (row.claimed_shop_transaction_id, row.captured) == (None, 0)
    assert {attempt.state for attempt in Attempt.objects.all()} == {"NOT_SENT"}


def test_no_event_ends_a_payment_whose_charge_is_in_doubt(waiting, script):
    script.pay = [OutcomeUnknown("timeout")]
    told(waiting, "passed")

    with pytest.raises(UndecidedAttempt):
        told(waiting, "giveUp")

    row = Payment.objects.get()
    assert (row.state, row.claimed_shop_transaction_id is None) == ("CHARGING", False)


def test_an_event_commands_a_capture_of_what_is_held(project, account, script, install, handle):
    install(small_machine())
    handle("step", lambda command: StepAnswer("passed"))
    script.pay, script.capture = [payment(Said.AUTHORIZED)], [capture(Said.SUCCEEDED, 500)]
    row = pay(factories.pay_command(project, capture_mode="manual")).payment
    work()
    assert Payment.objects.get().state == "HELD"

    with pytest.raises(HubError):
        told(row, "goodsShipped", {"captureRequestData": {"amount": 1300}})
    told(row, "goodsShipped", {"captureRequestData": {"amount": 500}})

    now = Payment.objects.get()
    assert (now.state, now.captured, script.count("capture")) == ("PAID", 500, 1)


def test_an_event_commands_a_refund_with_a_reservation_and_once(waiting, script):
    told(waiting, "passed")
    script.refund = [refund(Said.SUCCEEDED, 300)]

    outcomes = [told(waiting, "goodsReturned", {"refundRequestData": {"amount": 300}}).outcome for _ in range(2)]

    row = Payment.objects.get()
    assert outcomes == [Outcome.TAKEN, Outcome.REPEATED], "the same event, sent twice within a minute"
    assert (row.refunded_by_us, row.refund_reserved, Refund.objects.get().amount) == (300, 0, 300)
    assert (row.state, script.count("refund")) == ("PARTLY_REFUNDED", 1)


@pytest.mark.parametrize(
    ("amount", "error"),
    [(1300, OverRefund), (0, HubError), (-5, HubError), ("300", HubError), (True, HubError), (1.5, HubError)],
)
def test_an_impossible_refund_is_refused_and_nothing_is_stored(waiting, script, amount, error):
    told(waiting, "passed")
    with pytest.raises(error):
        told(waiting, "goodsReturned", {"refundRequestData": {"amount": amount}})
    row = Payment.objects.get()
    assert (row.state, row.refund_reserved, Refund.objects.count(), script.count("refund")) == ("PAID", 0, 0, 0)


def test_without_an_amount_all_that_is_left_is_refunded(waiting, script):
    told(waiting, "passed")
    script.refund = [refund(Said.SUCCEEDED, 1299)]
    told(waiting, "goodsReturned")
    assert (Payment.objects.get().state, Refund.objects.get().amount) == ("REFUNDED", 1299)


def test_an_ended_payment_is_never_charged(waiting, script):
    Payment.objects.update(claimed_shop_transaction_id=None)
    with pytest.raises(WrongState):
        told(waiting, "passed")
    assert script.asked == []


def test_a_paid_payment_is_never_charged_again(waiting, script):
    told(waiting, "passed")
    Payment.objects.update(state="STEP")
    with pytest.raises(WrongState):
        told(waiting, "passed")
    assert script.count("pay") == 1


def test_a_charge_in_doubt_is_never_followed_by_another(waiting, script):
    script.pay = [OutcomeUnknown("timeout")]
    told(waiting, "passed")
    Payment.objects.update(state="STEP")
    with pytest.raises(OperationInProgress):
        told(waiting, "passed")
    assert script.count("pay") == 1


def test_metadata_is_bounded_over_all_events(waiting):
    for number in range(4):
        told(waiting, "again", {f"k{number}": "x" * 60_000})
    with pytest.raises(Unprocessable, match="too much metadata"):
        told(waiting, "again", {"k5": "x" * 60_000})
    assert len(Payment.objects.get().saga_metadata) == 4


def test_a_deep_payload_is_refused():
    payload: dict = {}
    for _ in range(5000):
        payload = {"a": payload}
    with pytest.raises(Unprocessable, match="levels"):
        feed(ids.new_uuid(), "passed", payload, source=Source.API)


def test_two_events_of_which_one_is_late(waiting):
    number = waiting.state_number
    assert told(waiting, "passed", at_number=number).outcome is Outcome.TAKEN
    assert told(waiting, "passed", at_number=number).outcome is Outcome.LATE
    assert OperatorItem.objects.count() == 0


def test_what_runs_with_an_event_is_undone_with_it(waiting):
    def break_off(fed):
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        told(waiting, "passed", then=break_off)
    assert unchanged(waiting)
    assert Attempt.objects.count() == 0
