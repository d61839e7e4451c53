"""The history of a payment's saga in the Flow Manager's shape: event i led to state i."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from payments.models import Payment, Subscription, SubscriptionTransition, Transition

from . import machines


def history_of(payment: Payment) -> dict[str, list[dict[str, Any]]]:
    """Return `{"states": [...], "events": [...]}`, index-aligned and oldest first, as JSON values.

    Unexpected events led nowhere and are left out; they stay in the payment's transitions. A business id whose machine
    is not installed any more has an empty description. Timestamps are UTC, in milliseconds.
    """
    return history_from(payment, payment.transitions.filter(unexpected=False).order_by("number"))


def history_from(
    payment: Payment | Subscription, transitions: Iterable[Transition] | Iterable[SubscriptionTransition]
) -> dict[str, list[dict[str, Any]]]:
    """Return the same of a payment's, or subscription's, taken transitions, which the caller has read in their order."""
    states: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    state_words, event_words = _business_words(payment)
    for transition in transitions:
        at = _timestamp(transition.created_at)
        states.append(
            {
                "state": transition.to_state,
                "timestamp": at,
                "businessStateId": transition.business_state,
                "businessStateDescription": state_words.get(transition.business_state, ""),
            }
        )
        business_event = transition.business_event
        events.append(
            {
                "event": transition.event,
                "timestamp": at,
                "businessEventId": business_event,
                "businessEventDescription": "" if business_event is None else event_words.get(business_event, ""),
            }
        )
    return {"states": states, "events": events}


def _business_words(payment: Payment | Subscription) -> tuple[Mapping[int, str], Mapping[int, str]]:
    try:
        machine = machines.machine(payment.machine, payment.machine_version)
    except machines.UnknownMachine:
        return {}, {}
    return machine.business_states, machine.business_events


def _timestamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
