"""The history: states and events aligned, without what was unexpected, in the machine's business words."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paymenthub.kernel import clock
from payments.domain.events import ALIASES, PaymentEvent
from payments.models import Payment, Source
from payments.saga import loader
from payments.saga.advance import advance, create
from payments.saga.change import Change
from payments.saga.commands import Order
from payments.selectors.saga_history import history_of
from tests import factories

pytestmark = pytest.mark.django_db

EVENTS = [*PaymentEvent, *ALIASES, "neverHeardOf"]


def started(project, account) -> Payment:
    command = factories.pay_command(project)
    payment = Payment(
        project=project,
        mode=command.mode,
        shop_transaction_id=command.shop_transaction_id,
        claimed_shop_transaction_id=command.shop_transaction_id,
        amount=command.money.amount,
        currency=command.money.currency,
        provider=command.provider,
        method=command.method,
        provider_account=account,
    )
    change = Change(payment, source=Source.API, is_new=True)
    create(change)
    change.save()
    return payment


def feed(payment: Payment, account, event: str) -> None:
    change = Change(payment, source=Source.SYSTEM)
    advance(change, [event], order=Order(account=account, money=payment.money))
    change.new_attempts.clear()  # what an attempt may do is not the matter here
    change.save()


def test_a_paid_payments_history_names_states_events_and_business_words(project, account):
    at = dt.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)
    with clock.frozen(at):
        payment = started(project, account)
        for event in ("scheduleRequested", "refundRequested", "paymentExecutedByTheSystem"):
            feed(payment, account, event)

    told = {"timestamp": "2026-03-01T12:00:00.123Z"}
    created = {"businessStateId": 0, "businessStateDescription": "PAYMENT_CREATED"}
    assert history_of(payment) == {
        "states": [
            {"state": "PAYMENT_CREATED", **told, **created},
            {"state": "PAYMENT_SCHEDULE_REQUESTED", **told, **created},
            {"state": "PAYMENT_EXECUTED", **told, "businessStateId": 1, "businessStateDescription": "PAYMENT_PAID"},
        ],
        "events": [
            {"event": "paymentCreated", **told, "businessEventId": None, "businessEventDescription": ""},
            {
                "event": "scheduleRequested",
                **told,
                "businessEventId": 0,
                "businessEventDescription": "paymentCreated",
            },
            {
                "event": "paymentExecutedByTheSystem",
                **told,
                "businessEventId": 1,
                "businessEventDescription": "paymentPaid",
            },
        ],
    }
    assert payment.transitions.filter(unexpected=True).get().event == "refundRequested"


def test_a_history_on_a_machine_that_is_gone_keeps_its_ids_without_words(project, account):
    payment = started(project, account)
    Payment.objects.filter(pk=payment.pk).update(machine="gone", machine_version=7)
    payment.refresh_from_db()

    (state,) = history_of(payment)["states"]

    assert (state["state"], state["businessStateId"], state["businessStateDescription"]) == ("PAYMENT_CREATED", 0, "")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.sampled_from(EVENTS), max_size=12))
def test_whatever_comes_event_i_led_to_state_i_and_nothing_unexpected_is_in_it(project, account, events):
    payment = started(project, account)
    for event in events:
        feed(payment, account, event)

    history = history_of(payment)

    machine = loader.newest()
    assert len(history["states"]) == len(history["events"])
    assert history["states"][0]["state"] == machine.initial_state
    before = machine.initial_state
    for state, event in list(zip(history["states"], history["events"], strict=True))[1:]:
        way = machine.way(machine.state(before), event["event"])
        assert way is not None
        assert way.target == state["state"]
        assert state["timestamp"] == event["timestamp"]
        before = state["state"]
    assert before == payment.state
    taken = len(history["events"]) - 1
    assert taken + payment.transitions.filter(unexpected=True).count() == len(events)
