"""Build a machine from the Flow Manager's `machineDefinition`, and refuse a bad one with all that is wrong with it."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from payments.domain import machine_checks, machine_schema
from payments.domain.machine import CHANNELS, Channel, Command, Machine, State, Timeout, Transition


class MachineError(ValueError):
    """A definition that is no usable machine; `problems` holds all that is wrong with it, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load(
    data: Mapping[str, Any],
    *,
    name: str = "",
    version: int = 0,
    channels: Collection[str] = CHANNELS,
    handlers: Collection[str] | None = None,
) -> Machine:
    """Build a machine and check it whole; raises MachineError with every problem found.

    `data` is a machine or a whole Flow Manager configuration. `name` and `version` win over the definition's own.
    `channels` are known besides those it declares; `handlers` are the installed ones (None: whatever is named is taken).
    """
    problems = machine_schema.problems_of(data)
    if problems:
        raise MachineError(problems)
    data = flat(data)
    name, version = name or data.get("name", ""), version or data.get("version", 0)
    problems = [f"machine: {key!r} is missing" for key, given in (("name", name), ("version", version)) if not given]
    machine = build(data, name=name, version=version)
    problems += machine_checks.duplicates(data)
    problems += machine_checks.problems_of(machine, channels=channels, handlers=handlers)
    if problems:
        raise MachineError(problems)
    return machine


def flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the machine of a definition that the schema accepted, with the channels that stand beside it in a file."""
    if "machineDefinition" not in data:
        return dict(data)
    outside = {key: data[key] for key in ("communicationProtocols",) if key in data}
    return {**data["machineDefinition"], **outside}


def build(data: Mapping[str, Any], *, name: str, version: int) -> Machine:
    """Build a machine from a definition that the schema accepted, without checking it again.

    Raises KeyError, TypeError, ValueError or AttributeError for one that it would not accept.
    """
    states = [_state(row) for row in data["states"]]
    channels = [_channel(row) for row in data.get("communicationProtocols", ())]
    return Machine(
        name=name,
        version=version,
        initial_state=data["initialState"],
        creation_event=data["creationEvent"],
        states=MappingProxyType({state.id: state for state in states}),
        business_states=_business(data["businessStates"]),
        business_events=_business(data.get("businessEvents", ())),
        channels=MappingProxyType({channel.id: channel for channel in channels}),
        taken_anywhere=frozenset(data.get("takenAnywhere", ())),
    )


def _state(row: Mapping[str, Any]) -> State:
    ways = [_way(way) for way in row.get("outgoingTransitions", ())]
    timeout = row.get("timeout")
    return State(
        id=row["id"],
        description=row.get("description", ""),
        is_final=row["isFinal"],
        business_state=row["businessStateId"],
        command=_command(row["outputCommand"]) if "outputCommand" in row else None,
        side_effects=tuple(_command(effect) for effect in row.get("sideEffects", ())),
        transitions=MappingProxyType({way.event: way for way in ways}),
        timeout=None if timeout is None else Timeout(timeout["seconds"], timeout["event"]),
    )


def _way(row: Mapping[str, Any]) -> Transition:
    return Transition(
        event=row["inputEvent"],
        target=row["targetState"],
        business_event=row.get("businessEventId"),
        commands=row.get("commands", True),
        attention=row.get("attention", False),
    )


def _command(row: Mapping[str, Any]) -> Command:
    return Command(row["channel"], row["label"])


def _business(rows: Sequence[Mapping[str, Any]]) -> Mapping[int, str]:
    return MappingProxyType({row["id"]: row.get("description", "") for row in rows})


def _channel(row: Mapping[str, Any]) -> Channel:
    settings = row["configurations"]
    if row["type"] == "handler":
        return Channel(row["id"], "handler", handler=settings["handler"])
    port = f":{settings['port']}" if "port" in settings else ""
    return Channel(
        row["id"],
        row["type"],
        url=f"{settings['protocol']}://{settings['endpoint']}{port}{settings.get('path', '/')}",
        method=settings["method"],
        headers=MappingProxyType(dict(settings.get("headers", {}))),
    )
