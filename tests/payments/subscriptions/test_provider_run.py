"""Subscriptions that a PSP charges by itself: each charge is one payment, however often and by whom it is told."""

import datetime as dt
from dataclasses import replace

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.money import Money
from payments.domain.subscription import RunBy
from payments.models import OperatorItem, Payment, Source
from payments.selectors.subscription_object import status_of
from payments.services.subscriptions.cancel import cancel
from payments.services.subscriptions.provider_run import look, record_provider_charge, take_in, watch
from payments.services.subscriptions.renew import renew
from payments.verdicts.apply import Told
from providers.types import Outcome, Reference, Subject, SubscriptionState, SubscriptionStatus, Verdict

from . import world
from .world import at, fresh, subscribed, told

pytestmark = pytest.mark.django_db(transaction=True)

EURO = Money(990, "EUR")
HEARD = Told(Source.WEBHOOK, "notification:1")


def state(word: SubscriptionStatus) -> Verdict:
    return Verdict(Subject.SUBSCRIPTION, Outcome.SUCCEEDED, subscription=SubscriptionState(world.TOKEN, word))


@pytest.fixture
def row(project, account, script):
    world.opened(script)
    with clock.frozen(world.JANUARY):
        return subscribed(project, shop_transaction_id="S-1", run_by=RunBy.PROVIDER)


def test_it_is_scheduled_at_the_psp_and_the_hub_charges_nothing(row, script):
    with clock.frozen(at(2027, 2, 28)):
        script.subscription = [(state(SubscriptionStatus.ACTIVE),)]
        done = renew(row.id)

    assert (row.state, row.next_payment_on, done.watch) == ("ACTIVE", dt.date(2027, 2, 28), True)
    assert Payment.objects.get().transitions.filter(event="subscriptionScheduledRequested").exists()
    assert script.count("charge") == 0


def test_a_charge_that_is_told_many_times_is_one_payment(row, account):
    with clock.frozen(at(2027, 2, 28)):
        for _ in range(3):
            taken = take_in(account, world.charge(EURO, id="ch_2", sequence=2), HEARD, ask_first=False)

    payment = Payment.objects.get(subscription_period=2)
    assert taken is not None
    assert taken.payment_id == payment.id
    assert (payment.shop_transaction_id, payment.captured, payment.state) == ("S-1-2", 990, "PAYMENT_EXECUTED")
    assert (fresh(row).period, fresh(row).next_payment_on) == (2, dt.date(2027, 3, 31))
    assert told(row) == ["created", "activated", "renewed"]


def test_a_look_at_the_psp_and_a_notification_tell_of_the_same_charge(row, account, script):
    with clock.frozen(at(2027, 3, 31)):
        take_in(account, world.charge(EURO, id="ch_2", sequence=2), HEARD, ask_first=False)
        script.subscription = [
            (state(SubscriptionStatus.ACTIVE), *(world.charge(EURO, id=f"ch_{n}", sequence=n) for n in (2, 3)))
        ]
        assert look(row.id)
        watch(row.id)

    ids = Payment.objects.order_by("id").values_list("shop_transaction_id", flat=True)
    assert list(ids) == ["S-1", "S-1-2", "S-1-3"]


def test_what_is_only_hinted_at_is_asked_about_first(row, account, script):
    script.subscription = [(state(SubscriptionStatus.ACTIVE),)]
    with clock.frozen(at(2027, 2, 28)):
        taken = take_in(account, world.charge(EURO, id="ch_2"), HEARD, ask_first=True)

    assert taken is not None
    assert taken.is_believed
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(("tried_by", "captured"), [("pay_ch_2", [990]), ("pay_other", [0, 990])])
def test_a_declined_charge_that_the_psp_repeats_is_one_renewal(row, account, tried_by, captured):
    paid = replace(world.charge(EURO, id="ch_2"), references=(Reference("payment", tried_by),))
    with clock.frozen(at(2027, 2, 28)):
        refused = world.charge(EURO, id="ch_2", outcome=Outcome.DECLINED, decline=world.soft())
        take_in(account, refused, HEARD, ask_first=False)
        assert (fresh(row).state, status_of(fresh(row)).value) == ("PAYMENT_FAILED", "PAST_DUE")
        for _ in range(2):
            take_in(account, paid, HEARD, ask_first=False)
            take_in(account, refused, HEARD, ask_first=False)

    found = list(Payment.objects.filter(subscription_period=2).order_by("id").values_list("captured", flat=True))
    assert (found, fresh(row).state) == (captured, "ACTIVE")
    assert told(row) == ["created", "activated", "past_due", "renewed"]
    assert not OperatorItem.objects.exists()


def test_a_charge_of_another_amount_is_recorded_and_put_before_a_person(row, account):
    with clock.frozen(at(2027, 2, 28)):
        record_provider_charge(row.id, world.charge(Money(1990, "EUR"), id="ch_2"), told=HEARD)

    assert Payment.objects.get(subscription_period=2).captured == 1990
    assert OperatorItem.objects.get().kind == "amount_mismatch"


def test_an_end_at_the_psp_ends_it_here(row, account):
    with clock.frozen(at(2027, 2, 20)):
        take_in(account, state(SubscriptionStatus.EXPIRED), HEARD, ask_first=False)

    assert (fresh(row).state, fresh(row).end_reason, fresh(row).psp_end_due_at) == ("EXPIRED", "date", None)


def test_a_cancel_stops_the_psp_at_once_and_ends_here_on_its_day(row, script):
    script.subscription = [state(SubscriptionStatus.CANCELED)]
    with clock.frozen(at(2027, 2, 10)):
        found = cancel(row.id)
    asked = [request for what, _, request in script.asked if what == "subscription"]
    assert (found.state, found.psp_end_due_at, asked[-1].at_period_end) == ("ACTIVE", None, True)
    with clock.frozen(at(2027, 2, 28)):
        renew(row.id)

    assert (fresh(row).state, fresh(row).end_reason) == ("EXPIRED", "request")


def test_a_charge_after_the_end_is_recorded_and_flagged(row, account, script):
    script.subscription = [state(SubscriptionStatus.CANCELED)]
    with clock.frozen(at(2027, 2, 28)):
        cancel(row.id, at_once=True)
        take_in(account, world.charge(EURO, id="ch_2"), HEARD, ask_first=False)

    assert Payment.objects.get(subscription_period=2).captured == 990
    assert OperatorItem.objects.get().kind == "charged_after_cancel"
    assert told(row)[-1] == "canceled"


def test_a_charge_for_a_token_that_nobody_knows_is_nobodys(row, account):
    assert take_in(account, world.charge(EURO, id="ch_2", token="tok_other"), HEARD, ask_first=False) is None
