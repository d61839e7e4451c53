"""The only writer of a payment's state: asks the machine, writes the transition, issues what the new state commands."""

from collections.abc import Mapping, Sequence
from typing import Any

from payments import outbox
from payments.domain.attempt import ItemKind
from payments.domain.deep_merge import deep_merge
from payments.domain.events import MONEY_EVENTS, canonical
from payments.domain.machine import Decision, Unexpected, decide
from payments.domain.news import ENDING, callback_for, ends
from payments.models import Transition
from payments.selectors.status import status_object

from . import commands, loader, steps
from .change import Change


def create(change: Change, *, machine_name: str = loader.DEFAULT) -> None:
    """Put a new payment into its machine's first state."""
    machine = loader.newest(machine_name)
    payment = change.payment
    payment.machine, payment.machine_version = machine.name, machine.version
    payment.state = machine.initial_state
    payment.business_state = machine.state(machine.initial_state).business_state
    _record(change, machine.creation_event, from_state="", business_event=None)


def advance(
    change: Change,
    events: Sequence[str],
    *,
    order: commands.Order | None = None,
    metadata: Mapping[str, Any] | None = None,
    delta: Mapping[str, Any] | None = None,
) -> Decision | None:
    """Feed the saga the first of these events that it has a way for; the rest are other names for the same news.

    Where it has none for any, the state stays, the event is recorded as unexpected, and an event about money is put
    before an operator. `order` says what a PSP command of the new state is to do; `metadata` goes to whoever is told;
    `delta` is merged into the saga's own metadata where an event is taken. Returns the decision, if one was made.
    """
    payment = change.payment
    machine = loader.machine(payment.machine, payment.machine_version)
    for event in events:
        decision = decide(machine, payment.state, event)
        if isinstance(decision, Unexpected):
            continue
        payment.state = decision.to_state
        payment.business_state = decision.business_state_id
        if delta:
            payment.saga_metadata = deep_merge(payment.saga_metadata, delta)
        news = news_of(decision)
        if ends(news) and not payment.captured:
            payment.claimed_shop_transaction_id = None
        _record(change, event, from_state=decision.from_state, business_event=decision.business_event_id)
        steps.enter(change, machine, decision)
        if decision.command is not None and not steps.is_outside(machine, decision.command):
            commands.issue(change, decision.command, order)
        _tell(change, news, metadata or {})
        return decision
    _unexpected(change, events[0], metadata or {})
    return None


def news_of(decision: Decision) -> str:
    """Name what an event means to the world: itself, or the end that a machine says by a business event of its own way."""
    ending = decision.business_event if decision.changed and decision.business_event in ENDING else None
    return decision.event if ending is None or callback_for(decision.event) else ending


def _record(
    change: Change, event: str, *, from_state: str, business_event: int | None, unexpected: bool = False
) -> None:
    payment = change.payment
    change.transitions.append(
        Transition(
            project_id=payment.project_id,
            payment=payment,
            number=change.next_number(),
            event=event,
            from_state=from_state,
            to_state=payment.state,
            business_state=payment.business_state,
            business_event=business_event,
            unexpected=unexpected,
            source=change.source,
            evidence=change.evidence,
            actor=change.actor,
        )
    )


def _tell(change: Change, event: str, metadata: Mapping[str, Any]) -> None:
    news = callback_for(event)
    if news is not None:
        type_, action = news
        body = status_object(change.payment, action=action, **metadata)
        change.events.append(outbox.event(change.payment, type=type_, body=body))


def _unexpected(change: Change, event: str, metadata: Mapping[str, Any]) -> None:
    _record(change, event, from_state=change.payment.state, business_event=None, unexpected=True)
    if canonical(event) in MONEY_EVENTS:
        change.ask_operator(
            ItemKind.UNEXPECTED_EVENT,
            about=f"{change.payment.public_id}:{event}",
            next_step="The amounts are recorded. Compare with the provider, then resolve or correct the machine.",
            evidence={"event": event, "state": change.payment.state, "source": change.source},
        )
        _tell(change, event, metadata)
