"""The only writer of a payment's state: asks the machine, writes the transition, issues what the new state commands."""

from collections.abc import Mapping, Sequence
from typing import Any

from payments import outbox
from payments.domain.attempt import ItemKind
from payments.domain.deep_merge import Unmergeable, deep_merge
from payments.domain.events import MONEY_EVENTS, canonical
from payments.domain.machine import Decision, Machine, decide
from payments.domain.news import ENDING, callback_for, ends
from payments.models import Payment, Transition
from payments.selectors.status import status_object

from . import commands, loader, steps
from .change import Change


def create(change: Change) -> None:
    """Put a new payment into the first state of its project's machine."""
    payment = change.payment
    machine = loader.for_new_payment(payment.project)
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

    Where it has none for any, or its machine is not here, the state stays, the event is recorded as unexpected, and an
    operator is asked where it is about money. `order` says what a PSP command of the new state is to do; `metadata` goes
    to whoever is told; `delta` is merged into the saga's own metadata where an event is taken. Returns the decision, if
    one was made; a missing or odd machine raises nothing, so that the facts are kept.
    """
    payment = change.payment
    machine = _machine_of(payment)
    if machine is None:
        _without_machine(change, events, metadata or {})
        return None
    decision = _first_way(machine, payment.state, events)
    if decision is None:
        _unexpected(change, events[0], metadata or {})
        return None
    event = decision.event
    payment.state = decision.to_state
    payment.business_state = decision.business_state_id
    if delta:
        _merge(change, delta)
    news = news_of(decision)
    if decision.attention:
        _ask_about(change, event)
    elif ends(news) and not payment.captured:
        payment.claimed_shop_transaction_id = None
    _record(change, event, from_state=decision.from_state, business_event=decision.business_event_id)
    steps.enter(change, machine, decision)
    if decision.command is not None and steps.is_outside(machine, decision.command):
        commands.hand_over(change, decision.command, order)
    elif decision.command is not None:
        commands.issue(change, decision.command, order)
    _tell(change, news, metadata or {})
    return decision


def note(change: Change, event: str) -> None:
    """Record that something happened which is no event of the machine: the state stays, and nobody outside is told."""
    _record(change, event, from_state=change.payment.state, business_event=None)


def _machine_of(payment: Payment) -> Machine | None:
    try:
        machine = loader.machine(payment.machine, payment.machine_version)
    except loader.UnknownMachine:
        return None
    return machine if payment.state in machine.states else None


def _first_way(machine: Machine, state: str, events: Sequence[str]) -> Decision | None:
    """Return the first event's decision that needs no person; else the first at all."""
    made = [decision for event in events if isinstance(decision := decide(machine, state, event), Decision)]
    return next((decision for decision in made if not decision.attention), made[0] if made else None)


def _merge(change: Change, delta: Mapping[str, Any]) -> None:
    """Keep what an event brought along. What cannot be merged is told to an operator: the event itself still counts."""
    payment = change.payment
    try:
        payment.saga_metadata = deep_merge(payment.saga_metadata, delta)
    except Unmergeable as error:
        change.ask_operator(
            ItemKind.METADATA_REFUSED,
            about=payment.public_id,
            next_step="The event counts, its metadata was not kept. Tell its sender to send less at once.",
            evidence={"reason": str(error), "state": payment.state, "source": change.source},
        )


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
        _ask_about(change, event)
        _tell(change, event, metadata)


def _ask_about(change: Change, event: str) -> None:
    change.ask_operator(
        ItemKind.UNEXPECTED_EVENT,
        about=f"{change.payment.public_id}:{event}",
        next_step="The amounts are recorded. Compare with the provider, then resolve or correct the machine.",
        evidence={"event": event, "state": change.payment.state, "source": change.source},
    )


def _without_machine(change: Change, events: Sequence[str], metadata: Mapping[str, Any]) -> None:
    """Take the news without a machine: what it says of money counts, and only what comes next waits for a person."""
    payment = change.payment
    event = events[0]
    _record(change, event, from_state=payment.state, business_event=None, unexpected=True)
    if ends(event) and not payment.captured:
        payment.claimed_shop_transaction_id = None
    change.ask_operator(
        ItemKind.MACHINE_MISSING,
        about=payment.public_id,
        next_step=(
            f"The machine {payment.machine} version {payment.machine_version} with the state {payment.state} is not here. "
            "Bring it back from the backup or release that had it; then ask the provider about the payment."
        ),
        evidence={"event": event, "state": payment.state, "source": change.source},
    )
    _tell(change, event, metadata)
