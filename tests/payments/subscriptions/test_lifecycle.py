"""A subscription from its first payment to its end, by the hub's own renewals."""

import datetime as dt
from unittest.mock import Mock, call

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import DuplicateTransaction, InvalidField, ProviderUnavailable
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts import requests
from payments.domain.subscription import RunBy
from payments.idempotency import Claim
from payments.models import Attempt, OutboxEvent, Payment, Subscription
from payments.selectors.subscription_object import status_of
from payments.selectors.subscription_preview import preview
from payments.services.results import Result
from payments.services.subscriptions.cancel import cancel
from payments.services.subscriptions.start import start
from providers.errors import Unavailable
from providers.types import Interval

from . import world
from .world import at, fresh, renewed, subscribed, told

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_payment_makes_it_active_and_keeps_the_token(project, account, script):
    world.opened(script)
    with clock.frozen(world.JANUARY):
        outcome = start(world.command(project, shop_transaction_id="S-1"))

    row = outcome.subscription
    assert (outcome.result, row.state, row.token, row.payments_made) == (Result.OK, "ACTIVE", world.TOKEN, 1)
    assert (row.next_payment_on, row.next_due_at) == (
        dt.date(2027, 2, 28),
        dt.datetime(2027, 2, 28, 9, 30, tzinfo=dt.UTC),
    )
    assert list(row.transitions.order_by("number").values_list("event", "to_state", "business_state")) == [
        ("create", "CREATED", 0),
        ("start", "PAYMENT_PENDING", 1),
        ("paymentExecuted", "ACTIVE", 1),
    ]
    payment = Payment.objects.get()
    assert (payment.shop_transaction_id, payment.type, payment.subscription_period) == ("S-1", "SUBSCRIPTION", 1)
    assert payment.state == "PAYMENT_EXECUTED"
    assert payment.transitions.filter(event="subscriptionStart", to_state="SUBSCRIPTION_STARTED").exists()
    assert told(row) == ["created", "activated"]


def test_a_renewal_is_a_payment_with_its_number_and_one_message(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project, shop_transaction_id="S-1")
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(row)
        again = renewed(row)

    assert list(Payment.objects.order_by("id").values_list("shop_transaction_id", flat=True)) == ["S-1", "S-1-2"]
    assert (again.state, again.period, again.next_payment_on) == ("ACTIVE", 2, dt.date(2027, 3, 31))
    assert told(row) == ["created", "activated", "renewed"]
    assert list(psp.charges) == [f"ph-{row.id.hex}-1-0", f"ph-{row.id.hex}-2-0"]
    body = OutboxEvent.objects.get(type="subscription.renewed").body
    assert (body["status"], body["metadata"]["shopTransactionId"], body["metadata"]["tries"]) == ("ACTIVE", "S-1-2", 1)


def test_nothing_is_charged_before_its_moment(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project)
    with clock.frozen(dt.datetime(2027, 2, 28, 9, 29, 59, tzinfo=dt.UTC)):
        row = renewed(row)

    assert (psp.calls, row.next_due_at) == (1, dt.datetime(2027, 2, 28, 9, 30, tzinfo=dt.UTC))


def test_an_equal_start_is_answered_again_and_another_one_refused(project, account, script):
    psp = world.opened(script)
    first = start(world.command(project, shop_transaction_id="S-1"))
    again = start(world.command(project, shop_transaction_id="S-1"))

    assert (again.replayed, again.subscription.id, psp.calls) == (True, first.subscription.id, 1)
    with pytest.raises(DuplicateTransaction):
        start(world.command(project, shop_transaction_id="S-1", money=Money(991, "EUR")))
    assert Subscription.objects.count() == 1


def test_a_start_that_was_surely_not_sent_is_sent_again_with_its_key(project, account, script):
    psp = world.opened(script)
    script.start = [Unavailable("down"), psp]
    wanted = world.command(project)
    with pytest.raises(ProviderUnavailable):
        start(wanted)
    outcome = start(wanted)

    assert (outcome.result, Attempt.objects.count()) == (Result.OK, 1)
    assert list(psp.charges) == [f"ph-{outcome.subscription.id.hex}-1-0"]


def test_what_is_sent_again_is_noted_as_it_is_sent(project, account, script):
    psp = world.opened(script)
    script.start = [Unavailable("down"), psp]
    with pytest.raises(ProviderUnavailable):
        start(world.command(project, shop_transaction_id="S-1", provider_data={"token": "tok_1"}))
    start(world.command(project, shop_transaction_id="S-1", provider_data={"token": "tok_2"}))

    sent = Attempt.objects.select_related("payment__subscription", "provider_account").get()
    same = requests.build(sent.payment, sent, sent.provider_account, {"token": "tok_2"})
    assert requests.is_same(sent.request_digest, same)


def test_what_is_sent_again_claims_its_idempotency_key_again(project, account, script):
    """The first answer freed the key, since it was retryable: unclaimed, the second one would not be kept."""
    psp = world.opened(script)
    script.start = [Unavailable("down"), psp]
    claim = Mock(spec=Claim)
    with pytest.raises(ProviderUnavailable):
        start(world.command(project, shop_transaction_id="S-1", claim=claim))
    claim.reset_mock()
    start(world.command(project, shop_transaction_id="S-1", claim=claim))

    sent = Attempt.objects.get()
    assert claim.mock_calls == [call.take(sent), call.settle(sent)]


def test_what_was_cancelled_before_it_was_sent_again_is_not_charged(project, account, script, monkeypatch):
    psp = world.opened(script)
    script.start = [Unavailable("down"), psp]
    wanted = world.command(project, shop_transaction_id="S-1")
    with pytest.raises(ProviderUnavailable):
        start(wanted)
    row = Subscription.objects.get()
    # The order system's second request has read it already when the cancellation comes.
    is_leased = locks.is_leased

    def and_cancel(attempt):
        cancel(row.id, at_once=True)
        return is_leased(attempt)

    monkeypatch.setattr(locks, "is_leased", and_cancel)
    with pytest.raises(ProviderUnavailable):
        start(wanted)

    assert (fresh(row).has_ended, psp.calls) == (True, 0)


def test_a_first_payment_that_fails_ends_it_and_frees_its_id(project, account, script):
    psp = world.opened(script)
    psp.declines = [world.soft()]
    failed = start(world.command(project, shop_transaction_id="S-1"))
    second = start(world.command(project, shop_transaction_id="S-1"))

    row = fresh(failed.subscription)
    assert (failed.result, row.state, row.end_reason) == (Result.KO, "ABORTED", "first_payment")
    assert told(row) == ["created", "aborted"]
    assert (second.result, fresh(second.subscription).state) == (Result.OK, "ACTIVE")
    assert second.subscription.id != row.id


@pytest.mark.parametrize("first_amount", [0, 100])
def test_a_first_payment_may_cost_nothing_or_something_else(project, account, script, first_amount):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project, first_amount=first_amount)
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(row)

    assert list(psp.charges.values()) == [first_amount, 990]
    assert (row.state, row.payments_made) == ("ACTIVE", 1 if first_amount == 0 else 2)


def test_a_trial_costs_nothing_and_its_end_is_the_anchor(project, account, script):
    psp = world.opened(script)
    with clock.frozen(at(2027, 1, 10)):
        row = subscribed(project, trial_end=dt.date(2027, 1, 31))
        assert (row.next_payment_on, row.state) == (dt.date(2027, 1, 31), "ACTIVE")
    with clock.frozen(at(2027, 1, 31)):
        row = renewed(row)

    assert (row.next_payment_on, list(psp.charges.values())) == (dt.date(2027, 2, 28), [0, 990])


def test_it_expires_on_the_day_after_its_last_payment(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project, expires_after=2)
        assert [renewal.due_on for renewal in preview(row, 12)] == [dt.date(2027, 2, 28)]
    for moment in (at(2027, 2, 28), at(2027, 3, 31), at(2027, 4, 30)):
        with clock.frozen(moment):
            row = renewed(row)

    assert (row.state, row.end_reason, status_of(row).value) == ("EXPIRED", "count", "EXPIRED")
    assert (len(psp.charges), row.next_due_at) == (2, None)
    assert told(row)[-1] == "expired"


def test_it_ends_on_its_end_date_without_another_charge(project, account, script):
    psp = world.opened(script)
    with clock.frozen(world.JANUARY):
        row = subscribed(project, ends_on=dt.date(2027, 3, 15))
    with clock.frozen(at(2027, 2, 28)):
        row = renewed(row)
        assert row.next_due_at == dt.datetime(2027, 3, 15, 9, 30, tzinfo=dt.UTC)
    with clock.frozen(at(2027, 3, 15)):
        row = renewed(row)

    assert (row.state, row.end_reason, len(psp.charges)) == ("EXPIRED", "date", 2)


def test_an_interval_that_the_psp_does_not_take_names_those_it_does(project, account, script, monkeypatch):
    world.opened(script)
    monkeypatch.setattr("tests.scripted.ScriptedDriver.intervals", frozenset({"DAY", "MONTH"}))

    with pytest.raises(InvalidField, match="takes the intervals DAY, MONTH"):
        start(world.command(project, interval=Interval.YEAR, run_by=RunBy.PROVIDER))
    assert not Subscription.objects.exists()

    assert subscribed(project, interval=Interval.YEAR).interval == "YEAR"  # the hub charges it itself
