"""Build a machine from the Flow Manager's `machineDefinition`, refuse a bad one, and draw a good one.

`python -m payments.domain.machine_loading MACHINE.json [PAGE.md]` prints the diagram, or writes it between each pair of
diagram marks of a page. A begin mark may name the states to draw; without names all are drawn.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from payments.domain.machine import CHANNELS, Channel, Command, Machine, State, Timeout, Transition

_DIAGRAM: Final = re.compile(r"(<!-- diagram: begin(?P<states>[\w\s]*)-->\n).*?(<!-- diagram: end -->)", re.DOTALL)

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

_T = TypeVar("_T")
_KIND_NAMES: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


class MachineError(ValueError):
    """A definition that is no usable machine; `problems` holds all that is wrong with it, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load(data: Mapping[str, Any], *, channels: Collection[str] = CHANNELS) -> Machine:
    """Build a machine and check it whole; raises MachineError with every problem found."""
    problems: list[str] = []
    machine = _Builder(problems).machine(data)
    problems += _problems_of(machine, channels)
    if problems:
        raise MachineError(problems)
    return machine


class _Builder:
    """Take typed values out of JSON; what is wrong is noted in `problems` and replaced by an empty value."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems

    def machine(self, data: Mapping[str, Any]) -> Machine:
        where = "machine"
        states = [self.state(row, n) for n, row in enumerate(self.rows(data, "states", where))]
        self.refuse_duplicates("state", [state.id for state in states])
        return Machine(
            name=self.need(data, "name", str, where, ""),
            version=self.need(data, "version", int, where, 0),
            initial_state=self.need(data, "initialState", str, where, ""),
            creation_event=self.need(data, "creationEvent", str, where, ""),
            states=MappingProxyType({state.id: state for state in states}),
            business_states=self.business(data, "businessStates"),
            business_events=self.business(data, "businessEvents"),
            channels=self.channels(data),
        )

    def channels(self, data: Mapping[str, Any]) -> Mapping[str, Channel]:
        rows = self.rows(data, "communicationProtocols", "machine", required=False)
        channels = [self.channel(row, n) for n, row in enumerate(rows)]
        self.refuse_duplicates("channel", [channel.id for channel in channels])
        return MappingProxyType({channel.id: channel for channel in channels})

    def channel(self, row: Mapping[str, Any], n: int) -> Channel:
        id = self.need(row, "id", str, f"communicationProtocols[{n}]", f"unnamed{n}")
        where = f"channel {id}"
        type = self.need(row, "type", str, where, "")
        settings = self.need(row, "configurations", dict, where, {})
        if type == "handler":
            return Channel(id, type, handler=self.need(settings, "handler", str, where, ""))
        if type != "rest":
            self.problems.append(f"{where}: type {type!r} is none of rest, handler")
            return Channel(id, type)
        protocol, host = (self.need(settings, key, str, where, "") for key in ("protocol", "endpoint"))
        port = self.take(settings, "port", int, where, 0)
        path = self.take(settings, "path", str, where, "/")
        return Channel(
            id,
            type,
            url=f"{protocol}://{host}{f':{port}' if port else ''}{path}",
            method=self.need(settings, "method", str, where, "POST"),
            headers=MappingProxyType(self.take(settings, "headers", dict, where, {})),
        )

    def state(self, row: Mapping[str, Any], n: int) -> State:
        id = self.need(row, "id", str, f"states[{n}]", f"unnamed{n}")
        where = f"state {id}"
        ways = [self.way(way, where) for way in self.rows(row, "outgoingTransitions", where, required=False)]
        self.refuse_duplicates(f"{where}: event", [way.event for way in ways])
        command = row.get("outputCommand")
        effects = self.rows(row, "sideEffects", where, required=False)
        return State(
            id=id,
            description=self.take(row, "description", str, where, ""),
            is_final=self.need(row, "isFinal", bool, where, False),
            business_state=self.need(row, "businessStateId", int, where, -1),
            command=None if command is None else self.command(command, f"{where}: outputCommand"),
            side_effects=tuple(self.command(effect, f"{where}: sideEffects") for effect in effects),
            transitions=MappingProxyType({way.event: way for way in ways}),
            timeout=self.timeout(row, where),
        )

    def timeout(self, row: Mapping[str, Any], where: str) -> Timeout | None:
        found = self.take(row, "timeout", dict, where, {})
        if not found:
            return None
        where = f"{where}: timeout"
        return Timeout(self.need(found, "seconds", int, where, 0), self.need(found, "event", str, where, ""))

    def way(self, row: Mapping[str, Any], where: str) -> Transition:
        event = self.need(row, "inputEvent", str, where, "unnamed")
        where = f"{where}: event {event}"
        business_event: int | None = None
        if row.get("businessEventId") is not None:
            business_event = self.need(row, "businessEventId", int, where, -1)
        return Transition(
            event=event,
            target=self.need(row, "targetState", str, where, ""),
            business_event=business_event,
            commands=self.take(row, "commands", bool, where, True),
        )

    def command(self, row: Any, where: str) -> Command:
        if not isinstance(row, Mapping):
            self.problems.append(f"{where}: must be an object")
            return Command("", "")
        if "hook" in row:
            self.problems.append(f"{where}: 'hook' is not supported, the whole metadata is sent")
        return Command(self.need(row, "channel", str, where, ""), self.need(row, "label", str, where, ""))

    def business(self, data: Mapping[str, Any], key: str) -> Mapping[int, str]:
        rows = self.rows(data, key, "machine", required=key == "businessStates")
        pairs = [(self.need(row, "id", int, key, -1), self.need(row, "description", str, key, "")) for row in rows]
        self.refuse_duplicates(f"{key}: id", [id for id, _ in pairs])
        return MappingProxyType(dict(pairs))

    def rows(self, data: Mapping[str, Any], key: str, where: str, *, required: bool = True) -> list[Mapping[str, Any]]:
        found = (self.need if required else self.take)(data, key, list, where, [])
        good = [row for row in found if isinstance(row, Mapping)]
        if len(good) != len(found):
            self.problems.append(f"{where}: {key!r} must hold objects only")
        return good

    def need(self, data: Mapping[str, Any], key: str, kind: type[_T], where: str, instead: _T) -> _T:
        if key not in data:
            self.problems.append(f"{where}: {key!r} is missing")
            return instead
        return self.take(data, key, kind, where, instead)

    def take(self, data: Mapping[str, Any], key: str, kind: type[_T], where: str, instead: _T) -> _T:
        value = data.get(key, instead)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.problems.append(f"{where}: {key!r} must be {_KIND_NAMES[kind]}")
            return instead
        return value

    def refuse_duplicates(self, what: str, names: Iterable[object]) -> None:
        self.problems += [f"{what} {name} is there twice" for name, count in Counter(names).items() if count > 1]


def _problems_of(machine: Machine, channels: Collection[str]) -> list[str]:
    problems: list[str] = []
    if machine.initial_state not in machine.states:
        problems.append(f"machine: initialState {machine.initial_state!r} is no state")
    for state in machine.states.values():
        problems += [f"state {state.id}: {problem}" for problem in _problems_of_state(machine, state, channels)]
    reached = _reachable(machine)
    problems += [f"state {id}: cannot be reached from the initial state" for id in machine.states if id not in reached]
    return problems


def _problems_of_state(machine: Machine, state: State, channels: Collection[str]) -> list[str]:
    names = (state.id, *state.transitions)
    problems = [f"{name!r} must be a name of letters, digits and _" for name in names if not name.isidentifier()]
    if state.business_state not in machine.business_states:
        problems.append(f"businessStateId {state.business_state} is no business state")
    commands = ([state.command] if state.command else []) + list(state.side_effects)
    problems += [
        f"channel {command.channel!r} is unknown"
        for command in commands
        if command.channel not in (*channels, *machine.channels)
    ]
    if state.is_final and state.transitions:
        problems.append(f"is final and has ways out: {', '.join(state.transitions)}")
    for way in state.transitions.values():
        if way.target not in machine.states:
            problems.append(f"event {way.event}: targetState {way.target!r} is no state")
        if way.business_event is not None and way.business_event not in machine.business_events:
            problems.append(f"event {way.event}: businessEventId {way.business_event} is no business event")
    if state.command:
        channel = state.command.channel
        missing = [event for event in VERDICTS.get(channel, ()) if state.way(event) is None]
        problems += [f"event {event}: no way for this verdict of its command {channel!r}" for event in missing]
    return problems


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


def diagram(machine: Machine, lit: str | None, only: Collection[str] = ()) -> str:
    """Draw a machine, or `only` some states of it, as Mermaid text, with one state lit.

    Ways that change nothing and ask for nothing are left out. Raises KeyError for a name that is no state.
    """
    shown = {machine.state(id).id for id in only} or machine.states.keys()
    lines = ["stateDiagram-v2"]
    if machine.initial_state in shown:
        lines.append(f"    [*] --> {machine.initial_state}: {machine.creation_event}")
    for state in machine.states.values():
        if state.id in shown:
            lines += [f"    {line}" for line in _lines_of(machine, state, shown)]
    if lit is not None:
        lines += ["    classDef lit fill:#1d4ed8,color:#ffffff", f"    class {machine.state(lit).id} lit"]
    return "\n".join(lines) + "\n"


def _lines_of(machine: Machine, state: State, shown: Collection[str]) -> list[str]:
    events_by_target: dict[str, list[str]] = {}
    for way in state.transitions.values():
        target = machine.state(way.target)
        asks = way.commands and (target.command is not None or bool(target.side_effects))
        if way.target in shown and (way.target != state.id or asks):
            events_by_target.setdefault(way.target, []).append(way.event)
    lines = [f"{state.id} --> {target}: {', '.join(events)}" for target, events in events_by_target.items()]
    return [*lines, f"{state.id} --> [*]"] if state.is_final else lines


def with_diagrams(page: str, machine: Machine) -> str:
    """Return a page with the machine drawn between its marks.

    Raises ValueError where there are no marks, and KeyError where one names a state that the machine has not.
    """

    def drawn(found: re.Match[str]) -> str:
        text = diagram(machine, None, found["states"].split())
        return f"{found[1]}```mermaid\n{text}```\n{found[3]}"

    if not _DIAGRAM.search(page):
        raise ValueError("put the lines <!-- diagram: begin --> and <!-- diagram: end --> where the diagram belongs")
    return _DIAGRAM.sub(drawn, page)


def main(arguments: Sequence[str]) -> int:
    """Print the diagram of a machine's file, or write it between the marks of a page."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: python -m payments.domain.machine_loading MACHINE.json [PAGE.md]\n")
        return 2
    try:
        machine = load(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError, MachineError) as error:
        sys.stderr.write(f"{arguments[0]} cannot be used; correct it and run this again:\n{error}\n")
        return 1
    if len(arguments) == 1:
        sys.stdout.write(diagram(machine, None))
        return 0
    page = Path(arguments[1])
    try:
        page.write_text(with_diagrams(page.read_text(encoding="utf-8"), machine), encoding="utf-8")
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"{page} was not changed; correct it and run this again:\n{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
