"""The default machine holds the published one: every state, business state, command and way of it, unchanged."""

import json
from pathlib import Path

import pytest

from payments.domain.machine import Command, Decision, Machine, decide
from payments.domain.machine_loading import load

MACHINE_FILE = Path(__file__).parents[3] / "payments/saga/machines/payment.json"

# Each state has its business state and the channel and label of its command.
STATES = {
    "PAYMENT_CREATED": (0, None),
    "LINK_REQUESTED": (0, "createLink/createLink"),
    "LINK_CREATED": (0, None),
    "AUTHORIZATION_REQUESTED": (0, "getAuthorization/getAuthorization"),
    "AUTHORIZATION_PENDING": (0, None),
    "PAYMENT_SCHEDULE_REQUESTED": (0, "pay/paymentScheduled"),
    "SUBSCRIPTION_SCHEDULED_REQUESTED": (0, "subscriptionScheduledRequested/subscriptionScheduledRequested"),
    "SUBSCRIPTION_STARTED": (0, "subscriptionStart/subscriptionStart"),
    "SUBSCRIPTION_PAYMENT_REQUESTED": (0, "subscriptionPaymentRequested/subscriptionPaymentRequested"),
    "PAYMENT_PENDING": (0, None),
    "PAYMENT_EXECUTED": (1, None),
    "REFUND_REQUESTED": (1, "refund/refundRequested"),
    "REFUND_FAILED": (1, None),
    "PARTIALLY_REFUNDED": (2, None),
    "SUBSEQUENT_REFUND_REQUESTED": (2, "refund/refundRequested"),
    "SUBSEQUENT_REFUND_FAILED": (2, None),
    "TOTALLY_REFUNDED": (3, None),
    "PAYMENT_FAILED": (1000, None),
}

GROUP_P = (
    "paymentScheduled PAYMENT_PENDING 0",
    "paymentExecuted PAYMENT_EXECUTED 1",
    "paymentExecutedBySystem PAYMENT_EXECUTED 1",
    "paymentFailed PAYMENT_FAILED 1000",
    "paymentFailedBySystem PAYMENT_FAILED 1000",
)

# Each way reads: event, target, business event.
WAYS = {
    "PAYMENT_CREATED": (
        "scheduleRequested PAYMENT_SCHEDULE_REQUESTED 0",
        "subscriptionScheduledRequested SUBSCRIPTION_SCHEDULED_REQUESTED 0",
        "subscriptionStart SUBSCRIPTION_STARTED 0",
        "subscriptionPaymentRequested SUBSCRIPTION_PAYMENT_REQUESTED 0",
        "authorizationRequested AUTHORIZATION_REQUESTED 0",
        "linkRequested LINK_REQUESTED 0",
        "paymentExecuted PAYMENT_EXECUTED 1",
        "paymentFailed PAYMENT_FAILED 1000",
    ),
    "LINK_REQUESTED": ("linkCreated LINK_CREATED 0", "paymentFailed PAYMENT_FAILED 1000"),
    "LINK_CREATED": ("notificationSent PAYMENT_PENDING 0", "paymentFailed PAYMENT_FAILED 1000"),
    "AUTHORIZATION_REQUESTED": ("authorizationScheduled AUTHORIZATION_PENDING 0",),
    "AUTHORIZATION_PENDING": (
        "subscriptionStart SUBSCRIPTION_STARTED 0",
        "subscriptionPaymentRequested SUBSCRIPTION_PAYMENT_REQUESTED 0",
        "paymentFailed PAYMENT_FAILED 1000",
    ),
    "PAYMENT_SCHEDULE_REQUESTED": GROUP_P,
    "SUBSCRIPTION_SCHEDULED_REQUESTED": GROUP_P,
    "SUBSCRIPTION_STARTED": GROUP_P,
    "SUBSCRIPTION_PAYMENT_REQUESTED": GROUP_P,
    "PAYMENT_PENDING": (
        "update PAYMENT_PENDING 0",
        "paymentExecuted PAYMENT_EXECUTED 1",
        "paymentExecutedBySystem PAYMENT_EXECUTED 1",
        "paymentFailed PAYMENT_FAILED 1000",
        "paymentFailedBySystem PAYMENT_FAILED 1000",
    ),
    "PAYMENT_EXECUTED": ("refundRequested REFUND_REQUESTED 1", "sendNotification PAYMENT_EXECUTED 1"),
    "REFUND_REQUESTED": (
        "refundFailed REFUND_FAILED 1",
        "partialRefundExecuted PARTIALLY_REFUNDED 2",
        "totalRefundExecuted TOTALLY_REFUNDED 3",
    ),
    "REFUND_FAILED": ("refundRequested REFUND_REQUESTED 1",),
    "PARTIALLY_REFUNDED": (
        "refundRequested SUBSEQUENT_REFUND_REQUESTED 2",
        "sendNotification PARTIALLY_REFUNDED 1",
    ),
    "SUBSEQUENT_REFUND_REQUESTED": (
        "partialRefundExecuted PARTIALLY_REFUNDED 2",
        "refundFailed SUBSEQUENT_REFUND_FAILED 2",
        "totalRefundExecuted TOTALLY_REFUNDED 3",
    ),
    "SUBSEQUENT_REFUND_FAILED": ("refundRequested SUBSEQUENT_REFUND_REQUESTED 2",),
    "TOTALLY_REFUNDED": ("sendNotification TOTALLY_REFUNDED 1",),
    "PAYMENT_FAILED": ("sendNotification PAYMENT_FAILED 1",),
}
BUSINESS_STATES = {
    0: "PAYMENT_CREATED",
    1: "PAYMENT_PAID",
    2: "PAYMENT_PARTIALLY_REFUNDED",
    3: "PAYMENT_TOTALLY_REFUNDED",
    1000: "PAYMENT_FAILED",
}
BUSINESS_EVENTS = {
    0: "paymentCreated",
    1: "paymentPaid",
    2: "paymentPartiallyRefunded",
    3: "paymentTotallyRefunded",
    1000: "paymentFailed",
}


@pytest.fixture(scope="module")
def machine() -> Machine:
    return load(json.loads(MACHINE_FILE.read_text(encoding="utf-8")))


def _command(text: str | None) -> Command | None:
    return Command(*text.split("/")) if text else None


def test_the_frame_is_the_published_one(machine):
    assert (machine.initial_state, machine.creation_event) == ("PAYMENT_CREATED", "paymentCreated")
    assert machine.business_states.items() >= BUSINESS_STATES.items()
    assert machine.business_events.items() >= BUSINESS_EVENTS.items()


def test_there_are_eighteen_published_states_and_none_is_final(machine):
    assert len(STATES) == 18
    assert [state.id for state in machine.states.values() if state.is_final] == []


@pytest.mark.parametrize("id", STATES)
def test_a_published_state_has_its_business_state_and_command(machine, id):
    state = machine.state(id)
    assert (state.business_state, state.command) == (STATES[id][0], _command(STATES[id][1]))


@pytest.mark.parametrize(("state", "way"), [(state, way) for state, ways in WAYS.items() for way in ways])
def test_a_published_way_leads_where_the_table_says(machine, state, way):
    event, target, business_event = way.split()

    decision = decide(machine, state, event)

    assert isinstance(decision, Decision)
    assert (decision.from_state, decision.to_state, decision.event) == (state, target, event)
    assert (decision.business_event_id, decision.business_event) == (
        int(business_event),
        BUSINESS_EVENTS[int(business_event)],
    )
    assert (decision.business_state_id, decision.business_state) == (
        STATES[target][0],
        BUSINESS_STATES[STATES[target][0]],
    )
    entered = target != state
    assert decision.command == (_command(STATES[target][1]) if entered else None)


def test_the_published_machine_loads_as_it_is():
    published = {
        "name": "published",
        "version": 1,
        "initialState": "PAYMENT_CREATED",
        "creationEvent": "paymentCreated",
        "states": [
            {
                "id": id,
                "description": id,
                "isFinal": False,
                "businessStateId": business_state,
                "sideEffects": [],
                "outgoingTransitions": [
                    {"inputEvent": event, "targetState": target, "businessEventId": int(business_event)}
                    for event, target, business_event in (way.split() for way in WAYS[id])
                ],
            }
            | ({"outputCommand": dict(zip(("channel", "label"), command.split("/"), strict=True))} if command else {})
            for id, (business_state, command) in STATES.items()
        ],
        "businessStates": [{"id": id, "description": text} for id, text in BUSINESS_STATES.items()],
        "businessEvents": [{"id": id, "description": text} for id, text in BUSINESS_EVENTS.items()],
    }

    machine = load(published)

    assert sum(len(state.transitions) for state in machine.states.values()) == 55
    assert decide(machine, "PAYMENT_PENDING", "paymentExecutedFrullino").to_state == "PAYMENT_EXECUTED"
