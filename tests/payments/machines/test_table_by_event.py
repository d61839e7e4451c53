"""The default machine, run by event through the one writer of states: what it takes, and what it only records."""

import pytest

from payments.domain.events import ALIASES, MONEY_EVENTS, PaymentEvent
from payments.models import OperatorItem, Payment, Source, Transition
from payments.saga import loader
from payments.saga.advance import advance
from payments.saga.change import Change
from payments.saga.commands import KIND_OF_CHANNEL, Order
from tests import factories
from tests.payments.domain.test_machine_published import STATES, WAYS

pytestmark = pytest.mark.django_db

EVENTS = [*PaymentEvent, *ALIASES]


def payment_in(state: str, project, account) -> Payment:
    command = factories.pay_command(project)
    machine = loader.newest()
    return Payment.objects.create(
        project=project,
        mode=command.mode,
        shop_transaction_id=command.shop_transaction_id,
        claimed_shop_transaction_id=command.shop_transaction_id,
        amount=command.money.amount,
        currency=command.money.currency,
        provider=command.provider,
        method=command.method,
        provider_account=account,
        state=state,
        machine=machine.name,
        machine_version=machine.version,
        business_state=machine.state(state).business_state,
    )


def feed(payment: Payment, account, event: str) -> Change:
    change = Change(payment, source=Source.SYSTEM)
    advance(change, [event], order=Order(account=account, money=payment.money))
    return change


@pytest.mark.parametrize("state", STATES)
def test_every_way_of_the_published_table_is_taken_by_its_event(state, project, account):
    for way in WAYS[state]:
        event, target, business_event = way.split()
        payment = payment_in(state, project, account)

        change = feed(payment, account, event)

        (row,) = change.transitions
        assert (payment.state, payment.business_state) == (target, STATES[target][0]), way
        assert (row.event, row.from_state, row.to_state) == (event, state, target), way
        assert (row.business_event, row.unexpected) == (int(business_event), False), way
        commanded = STATES[target][1] if target != state else None
        channels = [attempt.kind for attempt in change.new_attempts]
        expected = commanded.split("/")[0] if commanded else ""
        assert channels == ([KIND_OF_CHANNEL[expected]] if expected in KIND_OF_CHANNEL else []), way


@pytest.mark.parametrize("state", sorted(loader.newest().states))
def test_every_event_that_a_state_ignores_is_recorded_and_none_of_them_is_about_money(state, project, account):
    machine = loader.newest()
    ignored = [event for event in EVENTS if machine.way(machine.state(state), event) is None]
    payment = payment_in(state, project, account)

    for event in ignored:
        change = feed(payment, account, event)
        assert not change.new_attempts
        change.save()

    payment.refresh_from_db()
    recorded = Transition.objects.filter(payment=payment, unexpected=True).order_by("number")
    assert ignored
    assert [row.event for row in recorded] == ignored
    assert {(row.from_state, row.to_state) for row in recorded} == {(state, state)}
    assert payment.state == state
    assert MONEY_EVENTS.isdisjoint(ignored)
    assert not OperatorItem.objects.exists()


def test_money_news_that_does_not_fit_is_taken_where_it_is_and_put_before_an_operator(project, account):
    payment = payment_in("PAYMENT_EXECUTED", project, account)

    change = feed(payment, account, "paymentCancelled")
    change.save()

    row = Transition.objects.get(payment=payment)
    assert (row.event, row.to_state, row.unexpected) == ("paymentCancelled", "PAYMENT_EXECUTED", False)
    assert payment.claimed_shop_transaction_id is not None
    assert OperatorItem.objects.get().kind == "unexpected_event"
