"""What the default payment machine does beyond the published table."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain.events import ALIASES, MONEY_EVENTS, CommandLabel, PaymentEvent, canonical
from payments.domain.machine import CHANNELS, NOTIFY_CHANNELS, PSP_CHANNELS, Command, Decision, Unexpected, decide
from payments.domain.machine_loading import load

MACHINE = load(
    json.loads((Path(__file__).parents[3] / "payments/saga/machines/payment.json").read_text(encoding="utf-8"))
)
EXECUTED_NAMES = ("paymentExecutedByTheSystem", "paymentExecutedBySystem", "paymentExecutedFrullino")
FAILED_NAMES = ("paymentFailedByTheSystem", "paymentFailedBySystem", "paymentExecutionFailedFrullino")


def after(state: str, *events: str) -> str:
    """Return the state after some events, all of which must have a way."""
    for event in events:
        decision = decide(MACHINE, state, event)
        assert isinstance(decision, Decision), (state, event)
        state = decision.to_state
    return state


def test_an_event_without_a_way_is_told_and_changes_nothing():
    assert decide(MACHINE, "PAYMENT_FAILED", "scheduleRequested") == Unexpected("scheduleRequested", "PAYMENT_FAILED")


def test_an_unknown_state_is_an_error_that_names_the_machine():
    with pytest.raises(KeyError, match="machine payment version 1 has no state 'NOWHERE'"):
        decide(MACHINE, "NOWHERE", "paymentExecuted")


def test_a_decision_holds_all_that_is_to_be_written():
    assert decide(MACHINE, "PAYMENT_CREATED", "paymentAuthorizationRequested") == Decision(
        event="paymentAuthorizationRequested",
        from_state="PAYMENT_CREATED",
        to_state="PAYMENT_AUTHORIZATION_REQUESTED",
        business_state_id=0,
        business_state="PAYMENT_CREATED",
        business_event_id=0,
        business_event="paymentCreated",
        command=Command("authorize", "paymentAuthorizationRequested"),
        side_effects=(),
        changed=True,
    )


@pytest.mark.parametrize(
    ("way", "end"),
    [
        ("paymentAuthorizationRequested paymentAuthorized captureRequested paymentExecuted", "PAYMENT_EXECUTED"),
        ("paymentAuthorizationRequested paymentScheduled paymentAuthorized", "PAYMENT_AUTHORIZED"),
        ("paymentAuthorizationRequested paymentFailed authorizationRetryRequested paymentExecuted", "PAYMENT_EXECUTED"),
        ("paymentAuthorized captureRequested capturePending captureFailed", "PAYMENT_AUTHORIZED"),
        ("paymentAuthorized captureRequested partialCaptureExecuted", "PAYMENT_PARTIALLY_CAPTURED"),
        (
            "paymentAuthorized captureRequested partialCaptureExecuted captureRequested captureFailed",
            "PAYMENT_PARTIALLY_CAPTURED",
        ),
        (
            "paymentAuthorized captureRequested partialCaptureExecuted captureRequested paymentExecuted",
            "PAYMENT_EXECUTED",
        ),
        ("paymentAuthorized partialCaptureExecuted cancelRequested paymentCancelled", "PAYMENT_EXECUTED"),
        ("paymentAuthorized partialCaptureExecuted cancelRequested cancelFailed", "PAYMENT_PARTIALLY_CAPTURED"),
        ("paymentAuthorized partialCaptureExecuted paymentExpired", "PAYMENT_EXECUTED"),
        (
            "paymentAuthorized partialCaptureExecuted refundRequested partialRefundExecuted captureRequested "
            "paymentExecuted",
            "PARTIALLY_REFUNDED",
        ),
        ("cancelRequested", "PAYMENT_CANCELLED"),
        ("scheduleRequested paymentScheduled cancelRequested paymentCancelled", "PAYMENT_CANCELLED"),
        ("scheduleRequested paymentScheduled cancelRequested cancelPending cancelFailed", "PAYMENT_PENDING"),
        ("scheduleRequested paymentScheduled cancelRequested paymentExecuted", "PAYMENT_EXECUTED"),
        ("scheduleRequested paymentScheduled cancelRequested paymentAuthorized cancelFailed", "PAYMENT_AUTHORIZED"),
        ("paymentAuthorized cancelRequested paymentCancelled", "PAYMENT_CANCELLED"),
        ("paymentAuthorized cancelRequested cancelFailed", "PAYMENT_AUTHORIZED"),
        ("paymentAuthorized cancelRequested paymentExecuted cancelFailed", "PAYMENT_EXECUTED"),
        ("paymentAuthorized paymentExpired", "PAYMENT_EXPIRED"),
        ("paymentExpired", "PAYMENT_EXPIRED"),
        ("linkRequested linkCreated paymentExpired", "PAYMENT_EXPIRED"),
        ("linkRequested linkCreated paymentExecuted", "PAYMENT_EXECUTED"),
        ("linkRequested paymentExecuted", "PAYMENT_EXECUTED"),
        ("linkRequested linkCreated notificationFailed notificationSent", "PAYMENT_PENDING"),
        ("authorizationRequested paymentFailed", "PAYMENT_FAILED"),
        ("scheduleRequested paymentFailed retryRequested paymentExecuted", "PAYMENT_EXECUTED"),
        ("paymentExecuted paymentFailed", "PAYMENT_FAILED"),
        (
            "paymentExecuted refundRequested refundRequested partialRefundExecuted refundFailed",
            "SUBSEQUENT_REFUND_FAILED",
        ),
        ("paymentExecuted refundRequested refundRequested refundFailed partialRefundExecuted", "PARTIALLY_REFUNDED"),
        ("paymentExecuted refundRequested refundPending totalRefundExecuted", "TOTALLY_REFUNDED"),
        ("paymentExecuted partialRefundExecuted totalRefundExecuted totalRefundExecuted", "TOTALLY_REFUNDED"),
        ("paymentExecuted totalRefundExecuted refundReversed", "PARTIALLY_REFUNDED"),
        ("paymentExecuted totalRefundExecuted totalRefundReversed", "PAYMENT_EXECUTED"),
        ("paymentExecuted partialRefundExecuted refundRequested totalRefundReversed", "REFUND_REQUESTED"),
        ("paymentExecuted chargebackOpened chargebackWon", "PAYMENT_EXECUTED"),
        ("paymentExecuted refundRequested chargebackOpened partialRefundExecuted", "CHARGED_BACK"),
        ("paymentExecuted chargebackOpened refundRequested", "REFUND_REQUESTED"),
    ],
)
def test_a_payments_way(way, end):
    assert after("PAYMENT_CREATED", *way.split()) == end


@pytest.mark.parametrize("state", ["PAYMENT_FAILED", "PAYMENT_EXPIRED", "PAYMENT_CANCELLED"])
@pytest.mark.parametrize("event", ["paymentExecuted", *EXECUTED_NAMES])
def test_a_late_success_is_taken_under_every_name(state, event):
    decision = decide(MACHINE, state, event)

    assert (decision.to_state, decision.business_event, decision.event) == ("PAYMENT_EXECUTED", "paymentPaid", event)
    assert decision.side_effects == (Command("notify", "PAYMENT_EXECUTED"),)


@pytest.mark.parametrize("state", ["PAYMENT_FAILED", "PAYMENT_EXPIRED", "PAYMENT_CANCELLED"])
def test_a_late_hold_and_a_late_part_are_taken(state):
    assert after(state, "paymentAuthorized") == "PAYMENT_AUTHORIZED"
    assert after(state, "partialCaptureExecuted") == "PAYMENT_PARTIALLY_CAPTURED"


@pytest.mark.parametrize("event", FAILED_NAMES)
def test_a_failure_is_taken_under_every_name(event):
    assert after("LINK_CREATED", event) == "PAYMENT_FAILED"
    assert after("PAYMENT_PENDING", event) == "PAYMENT_FAILED"


def test_an_exact_name_wins_over_the_name_it_is_an_alias_of():
    states = {
        "A": [("paymentExecutedBySystem", "B"), ("paymentExecuted", "C")],
        "B": [],
        "C": [],
    }
    machine = load(
        {
            "name": "exact",
            "version": 1,
            "initialState": "A",
            "creationEvent": "created",
            "states": [
                {
                    "id": id,
                    "isFinal": not ways,
                    "businessStateId": 0,
                    "outgoingTransitions": [{"inputEvent": event, "targetState": to} for event, to in ways],
                }
                for id, ways in states.items()
            ],
            "businessStates": [{"id": 0, "description": "OPEN"}],
        }
    )

    assert decide(machine, "A", "paymentExecutedBySystem").to_state == "B"
    assert decide(machine, "A", "paymentExecutedByTheSystem").to_state == "C"


def test_an_alias_stands_for_a_known_event_and_other_names_for_themselves():
    assert {canonical(alias) for alias in ALIASES} == {"paymentExecuted", "paymentFailed"}
    assert canonical("chargebackOpened") == "chargebackOpened"
    assert ALIASES.keys() <= MONEY_EVENTS


@pytest.mark.parametrize(
    ("state", "events", "command"),
    [
        ("REFUND_REQUESTED", ["refundRequested"], Command("refund", "refundRequested")),
        ("SUBSEQUENT_REFUND_REQUESTED", ["refundRequested"], Command("refund", "refundRequested")),
        ("PAYMENT_SCHEDULE_REQUESTED", ["retryRequested"], Command("pay", "paymentScheduled")),
        (
            "PAYMENT_AUTHORIZATION_REQUESTED",
            ["authorizationRetryRequested"],
            Command("authorize", "paymentAuthorizationRequested"),
        ),
    ],
)
def test_a_new_request_while_one_runs_asks_the_provider_again(state, events, command):
    for event in events:
        decision = decide(MACHINE, state, event)
        assert (decision.to_state, decision.changed, decision.command) == (state, False, command)


def test_no_other_self_loop_asks_for_anything():
    asking = {
        (state.id, event)
        for state in MACHINE.states.values()
        for event in state.transitions
        if (found := decide(MACHINE, state.id, event)).to_state == state.id and (found.command or found.side_effects)
    }
    assert asking == {
        ("REFUND_REQUESTED", "refundRequested"),
        ("SUBSEQUENT_REFUND_REQUESTED", "refundRequested"),
        ("PAYMENT_SCHEDULE_REQUESTED", "retryRequested"),
        ("PAYMENT_AUTHORIZATION_REQUESTED", "authorizationRetryRequested"),
        ("PARTIALLY_REFUNDED", "partialRefundExecuted"),  # its mail: a further part came back
    }


@pytest.mark.parametrize(
    "state",
    [
        "PAYMENT_EXECUTED",
        "REFUND_REQUESTED",
        "REFUND_FAILED",
        "PARTIALLY_REFUNDED",
        "SUBSEQUENT_REFUND_REQUESTED",
        "SUBSEQUENT_REFUND_FAILED",
        "TOTALLY_REFUNDED",
    ],
)
def test_a_reversed_refund_sends_no_mail_and_starts_nothing(state):
    for event in ("refundReversed", "totalRefundReversed"):
        decision = decide(MACHINE, state, event)
        assert (decision.command, decision.side_effects) == (None, ())
        assert decision.business_event == "paymentRefundReversed"


def test_only_a_request_or_a_retry_makes_a_psp_command():
    asking = {
        event
        for state in MACHINE.states.values()
        for event in state.transitions
        if (command := decide(MACHINE, state.id, event).command) and command.is_psp
    }
    assert asking == {
        "scheduleRequested",
        "subscriptionScheduledRequested",
        "subscriptionStart",
        "subscriptionPaymentRequested",
        "authorizationRequested",
        "linkRequested",
        "paymentAuthorizationRequested",
        "retryRequested",
        "authorizationRetryRequested",
        "captureRequested",
        "cancelRequested",
        "refundRequested",
    }


BEFORE_ANY_MAIL = {"PAYMENT_CREATED", "LINK_REQUESTED", "AUTHORIZATION_REQUESTED", "AUTHORIZATION_PENDING"}


@pytest.mark.parametrize("state", sorted(MACHINE.states.keys() - BEFORE_ANY_MAIL))
def test_the_mailers_news_has_a_way_from_every_state_after_a_mail(state):
    for event in ("notificationSent", "notificationFailed"):
        decision = decide(MACHINE, state, event)
        assert isinstance(decision, Decision), event
        assert decision.business_state_id == MACHINE.state(state).business_state


def test_a_notification_moves_no_payment_but_the_published_one():
    moving = {
        (state.id, event)
        for state in MACHINE.states.values()
        for event in ("notificationSent", "notificationFailed", "sendNotification")
        if state.way(event) and decide(MACHINE, state.id, event).changed
    }
    assert moving == {("LINK_CREATED", "notificationSent")}


def test_the_mails_are_those_of_the_published_messaging():
    mails = {state.id: [c.label for c in state.side_effects] for state in MACHINE.states.values() if state.side_effects}
    assert mails == {
        "LINK_CREATED": ["PAY_BY_LINK"],
        "PAYMENT_EXECUTED": ["PAYMENT_EXECUTED"],
        "PAYMENT_FAILED": ["PAYMENT_FAILED"],
        "PARTIALLY_REFUNDED": ["PARTIAL_REFUND_EXECUTED"],
        "TOTALLY_REFUNDED": ["TOTAL_REFUND_EXECUTED"],
    }


def test_every_name_and_channel_of_the_machine_is_a_declared_one():
    states = MACHINE.states.values()
    commands = [command for state in states for command in (state.command, *state.side_effects) if command]
    assert {event for state in states for event in state.transitions} | {MACHINE.creation_event} == set(PaymentEvent)
    assert {command.label for command in commands} == set(CommandLabel)
    assert {command.channel for command in commands} == PSP_CHANNELS | {"notify"}
    assert CHANNELS == PSP_CHANNELS | NOTIFY_CHANNELS
    assert MONEY_EVENTS - ALIASES.keys() <= set(PaymentEvent)


@given(st.lists(st.sampled_from([*PaymentEvent, *ALIASES]) | st.text(max_size=8), max_size=60))
def test_a_random_walk_never_raises_and_never_leaves_the_machine(events):
    state = MACHINE.initial_state
    for event in events:
        decision = decide(MACHINE, state, event)
        if isinstance(decision, Unexpected):
            assert decision == Unexpected(event, state)
            continue
        assert decision.from_state == state
        assert decision.changed == (decision.to_state != state)
        state = decision.to_state
        assert state in MACHINE.states
        assert decision.business_state == MACHINE.business_states[MACHINE.state(state).business_state]
