"""Every verdict has a way from every state where it may arrive, and no news of money is lost."""

import json
from pathlib import Path

import pytest

from payments.domain.events import ALIASES, MONEY_EVENTS
from payments.domain.machine import Decision, decide
from payments.domain.machine_loading import load

MACHINE = load(
    json.loads((Path(__file__).parents[3] / "payments/saga/machines/payment.json").read_text(encoding="utf-8"))
)
REFUNDING = {
    "REFUND_REQUESTED",
    "REFUND_FAILED",
    "PARTIALLY_REFUNDED",
    "SUBSEQUENT_REFUND_REQUESTED",
    "SUBSEQUENT_REFUND_FAILED",
    "TOTALLY_REFUNDED",
}
PARTLY_CAPTURED = {"PAYMENT_PARTIALLY_CAPTURED", "SUBSEQUENT_CAPTURE_REQUESTED", "REMAINDER_CANCEL_REQUESTED"}
HELD = {"PAYMENT_AUTHORIZED", "CAPTURE_REQUESTED", "AUTHORIZED_CANCEL_REQUESTED"}
PAID = {"PAYMENT_EXECUTED", "CAPTURE_AFTER_REFUND_REQUESTED", "CHARGED_BACK"} | REFUNDING | PARTLY_CAPTURED
REFUND_OR_CHARGEBACK = {
    "refundFailed",
    "partialRefundExecuted",
    "totalRefundExecuted",
    "refundReversed",
    "totalRefundReversed",
    "chargebackOpened",
    "chargebackWon",
}
# Money events that are taken where they are and put before an operator: (states, events, why).
ODD = [
    (REFUNDING | {"PAYMENT_EXECUTED"}, {"paymentExecuted", "partialCaptureExecuted"}, "perhaps a double payment"),
    (REFUNDING | {"PAYMENT_EXECUTED"}, {"captureFailed"}, "a capture that was reported good is taken back"),
    ({"PAYMENT_EXECUTED"}, {"paymentCancelled"}, "a provider that gives captured money back says refund"),
    (
        (REFUNDING - {"REFUND_FAILED"}) | PARTLY_CAPTURED | {"CAPTURE_AFTER_REFUND_REQUESTED", "CHARGED_BACK"},
        {"paymentFailed"},
        "a direct debit is returned after money went back another way",
    ),
    (PARTLY_CAPTURED, {"refundReversed", "totalRefundReversed"}, "no refund was executed"),
    (HELD, REFUND_OR_CHARGEBACK, "nothing was captured"),
]


@pytest.mark.parametrize("state", sorted(PAID))
def test_a_chargeback_and_news_of_refunds_have_a_way_from_every_paid_state(state):
    assert decide(MACHINE, state, "chargebackOpened").to_state == "CHARGED_BACK"
    for event in ("partialRefundExecuted", "totalRefundExecuted", "refundFailed", "refundPending", "chargebackWon"):
        assert isinstance(decide(MACHINE, state, event), Decision), event


@pytest.mark.parametrize("state", sorted(MACHINE.states))
def test_no_money_event_is_ignored_in_any_state_under_any_of_its_names(state):
    for event in MONEY_EVENTS:
        assert isinstance(decide(MACHINE, state, event), Decision), event


def test_money_events_that_do_not_fit_change_nothing_and_are_put_before_an_operator():
    with_money = {state.id for state in MACHINE.states.values() if state.business_state in (1, 2, 3, 20, 1010)}
    odd = {
        (state, event): decision
        for state in with_money
        for event in MONEY_EVENTS - ALIASES.keys()
        if (decision := decide(MACHINE, state, event)).attention
    }
    assert with_money == PAID | HELD
    assert odd.keys() == {(state, event) for states, events, _why in ODD for state in states for event in events}
    for (state, _), decision in odd.items():
        assert (decision.to_state, decision.command, decision.side_effects) == (state, None, ())


def test_an_unpaid_payment_takes_news_of_money_where_it_leads_and_of_refunds_where_it_is():
    unpaid = {state.id for state in MACHINE.states.values() if state.business_state in (0, 1000, 1001, 1002)}
    for state in unpaid:
        for event, target in (
            ("paymentExecuted", "PAYMENT_EXECUTED"),
            ("paymentAuthorized", "PAYMENT_AUTHORIZED"),
            ("partialCaptureExecuted", "PAYMENT_PARTIALLY_CAPTURED"),
        ):
            decision = decide(MACHINE, state, event)
            assert (decision.to_state, decision.attention) == (target, False), (state, event)
        for event in REFUND_OR_CHARGEBACK:
            decision = decide(MACHINE, state, event)
            assert (decision.to_state, decision.attention) == (state, True), (state, event)


VERDICTS_BY_CHANNEL = {
    "pay": "paymentScheduled paymentAuthorized paymentExecuted paymentFailed paymentCancelled paymentExpired",
    "subscriptionScheduledRequested": "paymentScheduled paymentAuthorized paymentExecuted paymentFailed paymentExpired",
    "subscriptionStart": "paymentScheduled paymentAuthorized paymentExecuted paymentFailed paymentExpired",
    "subscriptionPaymentRequested": "paymentScheduled paymentAuthorized paymentExecuted paymentFailed paymentExpired",
    "authorize": "paymentScheduled paymentAuthorized paymentExecuted paymentFailed paymentCancelled paymentExpired",
    "getAuthorization": "authorizationScheduled paymentFailed",
    "createLink": "linkCreated paymentAuthorized paymentExecuted paymentFailed",
    "capture": "capturePending captureFailed partialCaptureExecuted paymentExecuted",
    "cancel": "cancelPending cancelFailed paymentCancelled paymentExecuted partialCaptureExecuted paymentAuthorized",
    "refund": "refundPending refundFailed partialRefundExecuted totalRefundExecuted",
}


@pytest.mark.parametrize("state", [state.id for state in MACHINE.states.values() if state.command])
def test_every_verdict_of_a_command_has_a_way_from_the_state_that_sends_it(state):
    for event in VERDICTS_BY_CHANNEL[MACHINE.state(state).command.channel].split():
        assert isinstance(decide(MACHINE, state, event), Decision), event
