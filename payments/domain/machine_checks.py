"""What must hold of a machine before it is accepted; each problem is one sentence that names state and event."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from payments.domain.events import ALIASES, MONEY_EVENTS, PaymentEvent, canonical
from payments.domain.machine import PSP_CHANNELS, Command, Machine, State, Transition

_PAID_OR_NOT: Final = ("paymentScheduled", "paymentExecuted", "paymentFailed")
# What a state with a command must have a way for. A missing "still pending" leaves the state as it is, which is right.
VERDICTS: Final[Mapping[str, tuple[str, ...]]] = {
    "pay": _PAID_OR_NOT,
    "subscriptionScheduledRequested": _PAID_OR_NOT,
    "subscriptionStart": _PAID_OR_NOT,
    "subscriptionPaymentRequested": _PAID_OR_NOT,
    "authorize": ("paymentScheduled", "paymentAuthorized", "paymentExecuted", "paymentFailed"),
    "createLink": ("linkCreated", "paymentFailed"),
    "getAuthorization": ("authorizationScheduled",),
    "capture": ("paymentExecuted", "partialCaptureExecuted", "captureFailed"),
    "cancel": ("paymentCancelled", "cancelFailed"),
    "refund": ("partialRefundExecuted", "totalRefundExecuted", "refundFailed"),
}
# The hub's own events with which an operation is asked for; any other of them that enters its state could not say what to
# do and how much. A machine's own events come from steps and outside services, and are asked for that when they are fed.
ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "pay": ("scheduleRequested", "retryRequested"),
    "authorize": ("paymentAuthorizationRequested", "authorizationRetryRequested"),
    "capture": ("captureRequested",),
    "cancel": ("cancelRequested",),
    "refund": ("refundRequested",),
}
START: Final = "scheduleRequested"
_OF_THE_HUB: Final = frozenset(event.value for event in PaymentEvent)


def duplicates(data: Mapping[str, Any]) -> list[str]:
    """Return what a definition, accepted by the schema, names twice where a name must be unique."""
    states = data["states"]
    problems = _twice("state", (state["id"] for state in states))
    for state in states:
        ways = state.get("outgoingTransitions", ())
        problems += _twice(f"state {state['id']}: event", (way["inputEvent"] for way in ways))
    problems += _twice("channel", (channel["id"] for channel in data.get("communicationProtocols", ())))
    for key in ("businessStates", "businessEvents"):
        problems += _twice(f"{key}: id", (row["id"] for row in data.get(key, ())))
    return problems


def problems_of(machine: Machine, *, channels: Collection[str], handlers: Collection[str] | None) -> list[str]:
    """Return what is wrong with any machine, whatever it is for."""
    problems: list[str] = []
    if machine.initial_state not in machine.states:
        problems.append(f"machine: initialState {machine.initial_state!r} is no state")
    for channel in machine.channels.values():
        if channel.handler and handlers is not None and channel.handler not in handlers:
            known = ", ".join(sorted(handlers)) or "none"
            problems.append(f"channel {channel.id}: handler {channel.handler!r} is not installed (installed: {known})")
    known_channels = {*channels, *machine.channels}
    for state in machine.states.values():
        problems += [f"state {state.id}: {problem}" for problem in _of_state(machine, state, known_channels)]
    if machine.initial_state not in machine.states:
        return problems
    reached = _reachable(machine)
    problems += [f"state {id}: cannot be reached from the initial state" for id in machine.states if id not in reached]
    return problems


def problems_for_payments(machine: Machine) -> list[str]:
    """Return why a machine that is otherwise right could not run the payments of this hub."""
    initial = machine.states[machine.initial_state]
    return [*_of_start(machine, initial), *_unordered(machine)]


def notices(machine: Machine) -> list[str]:
    """Return what a machine's owner should know and may well want."""
    used = {command.channel for state in machine.states.values() for command in _commands(state)}
    told = [f"channel {id}: no state sends a command on it" for id in machine.channels if id not in used]
    told += [
        f"channel {id}: takes the place of the hub's own; its commands leave the hub and nothing is asked of a provider"
        for id in machine.channels
        if id in PSP_CHANNELS & used
    ]
    initial = machine.states[machine.initial_state]
    if initial.way("paymentAuthorizationRequested") is None:
        told.append(f"state {initial.id}: event paymentAuthorizationRequested: no way, so nothing can be authorised")
    for event in sorted(MONEY_EVENTS - ALIASES.keys() - machine.taken_anywhere):
        without = [state.id for state in machine.states.values() if state.way(event) is None]
        if without:
            told.append(
                f"event {event}: {len(without)} states have no way for this news of money. It is recorded as unexpected "
                "and put before an operator; name it in takenAnywhere to have it taken instead"
            )
    return told


def _of_state(machine: Machine, state: State, channels: Collection[str]) -> Iterator[str]:
    if state.business_state not in machine.business_states:
        yield f"businessStateId {state.business_state} is no business state"
    for command in _commands(state):
        if command.channel not in channels:
            yield f"channel {command.channel!r} is unknown; declare it in communicationProtocols, or use a known one"
    yield from _of_its_end(state)
    for way in state.transitions.values():
        if way.target not in machine.states:
            yield f"event {way.event}: targetState {way.target!r} is no state"
        if way.business_event is not None and way.business_event not in machine.business_events:
            yield f"event {way.event}: businessEventId {way.business_event} is no business event"
    if state.command and not state.is_final and state.command.channel not in machine.channels:
        for event in VERDICTS.get(state.command.channel, ()):
            if state.way(event) is None:
                yield f"event {event}: no way for this verdict of its command {state.command.channel!r}"
    if state.timeout and not state.is_final and state.way(state.timeout.event) is None:
        yield f"timeout: event {state.timeout.event}: the state has no way for it"


def _of_its_end(state: State) -> Iterator[str]:
    if not state.is_final:
        if not state.transitions:
            yield "has no way out and is not final; add a way, or set isFinal"
        return
    if state.transitions:
        yield f"is final and has ways out: {', '.join(state.transitions)}"
    if state.timeout:
        yield "is final and has a timeout, which could lead nowhere"
    if state.command and state.command.is_psp:
        yield f"is final and sends the command {state.command.channel!r}, whose answer could lead nowhere"


def _of_start(machine: Machine, initial: State) -> Iterator[str]:
    way = initial.way(START)
    if way is None:
        yield f"state {initial.id}: event {START}: no way from the initial state, so no payment could start"
        return
    if not _comes_to_pay(machine, way):
        yield (
            f"state {initial.id}: event {START}: must lead, at once or by steps, to a state that sends a command on the "
            "channel 'pay'"
        )


def _comes_to_pay(machine: Machine, start: Transition) -> bool:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        way = ahead.pop()
        state = machine.states[way.target]
        if way.commands and state.command is not None and state.command.channel == "pay":
            return True
        if state.id not in seen:
            seen.add(state.id)
            ahead += state.transitions.values()
    return False


def _unordered(machine: Machine) -> Iterator[str]:
    for state in machine.states.values():
        for way in state.transitions.values():
            command = machine.states[way.target].command if way.commands else None
            if command is None or command.channel in machine.channels or command.channel not in ORDERS:
                continue
            allowed, event = ORDERS[command.channel], canonical(way.event)
            if event in _OF_THE_HUB and event not in allowed:
                yield (
                    f"state {state.id}: event {way.event}: asks for {command.channel!r} in {way.target} without saying "
                    f'how much; only {" and ".join(allowed)} may, any other of the hub\'s events needs "commands": false'
                )


def _commands(state: State) -> list[Command]:
    return ([state.command] if state.command else []) + list(state.side_effects)


def _reachable(machine: Machine) -> set[str]:
    reached: set[str] = set()
    ahead = [machine.initial_state]
    while ahead:
        id = ahead.pop()
        if id in reached or id not in machine.states:
            continue
        reached.add(id)
        ahead += [way.target for way in machine.states[id].transitions.values()]
    return reached


def _twice(what: str, names: Iterable[object]) -> list[str]:
    return [f"{what} {name} is there twice" for name, count in Counter(names).items() if count > 1]
