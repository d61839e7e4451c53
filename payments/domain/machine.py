"""Interpret a payment machine: pure data in, a decision out; nothing is read, written or sent here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from payments.domain.events import canonical

# A command on one of these is a PSP operation and becomes an attempt; on any other (notify, ...) an outbox row.
PSP_CHANNELS: Final[frozenset[str]] = frozenset(
    {
        "pay",
        "createLink",
        "subscriptionScheduledRequested",
        "subscriptionStart",
        "subscriptionPaymentRequested",
        "getAuthorization",
        "authorize",
        "capture",
        "cancel",
        "refund",
    }
)
NOTIFY_CHANNELS: Final[frozenset[str]] = frozenset({"notify", "subscription-notify"})
CHANNELS: Final[frozenset[str]] = PSP_CHANNELS | NOTIFY_CHANNELS


@dataclass(frozen=True, slots=True)
class Command:
    """What a state asks for on entry: a label sent on a channel."""

    channel: str
    label: str

    @property
    def is_psp(self) -> bool:
        """Whether this is an operation at a PSP."""
        return self.channel in PSP_CHANNELS


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the commands of one channel go when a machine says so itself: an HTTP endpoint, or an installed handler.

    `type` is `rest` (then `url`, `method` and `headers` hold) or `handler` (then `handler` names the installed one).
    """

    id: str
    type: str
    url: str = ""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    handler: str = ""


@dataclass(frozen=True, slots=True)
class Timeout:
    """The event that a state is fed when it was not left for so many seconds."""

    seconds: int
    event: str


@dataclass(frozen=True, slots=True)
class Transition:
    """One way out of a state; without `commands` the target is entered silently, with `attention` a person must look."""

    event: str
    target: str
    business_event: int | None
    commands: bool = True
    attention: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """One state with its command, side effects and ways out by event name."""

    id: str
    description: str
    is_final: bool
    business_state: int
    command: Command | None
    side_effects: tuple[Command, ...]
    transitions: Mapping[str, Transition]
    timeout: Timeout | None = None

    def way(self, event: str) -> Transition | None:
        """Return the way for the event's exact name, else for the name it is an alias of, else None."""
        return self.transitions.get(event) or self.transitions.get(canonical(event))


@dataclass(frozen=True, slots=True)
class Machine:
    """A whole machine; build it with `machine_loading.load`, which guarantees that it is consistent."""

    name: str
    version: int
    initial_state: str
    creation_event: str
    states: Mapping[str, State]
    business_states: Mapping[int, str]
    business_events: Mapping[int, str]
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """Channels that this machine declares; one named like a built-in channel takes its place."""
    taken_anywhere: frozenset[str] = frozenset()
    """Events that a state without a way of its own takes by staying as it is, silently; a person must look."""

    def state(self, id: str) -> State:
        """Return a state; raises KeyError naming the machine where there is none of that id."""
        try:
            return self.states[id]
        except KeyError:
            raise KeyError(f"machine {self.name} version {self.version} has no state {id!r}") from None

    def way(self, state: State, event: str) -> Transition | None:
        """Return a state's own way for an event, else staying there where the event is taken anywhere, else None."""
        own = state.way(event)
        if own is None and (event in self.taken_anywhere or canonical(event) in self.taken_anywhere):
            return Transition(event, state.id, None, commands=False, attention=True)
        return own


@dataclass(frozen=True, slots=True)
class Decision:
    """Where an event leads and what is to be asked for there; `event` is the name as it came in.

    `attention`: the event is taken, and a person must look at it.
    """

    event: str
    from_state: str
    to_state: str
    business_state_id: int
    business_state: str
    business_event_id: int | None
    business_event: str | None
    command: Command | None
    side_effects: tuple[Command, ...]
    changed: bool
    attention: bool = False


@dataclass(frozen=True, slots=True)
class Unexpected:
    """The state has no way for the event: it stays, and metadata is not merged."""

    event: str
    state: str


def decide(machine: Machine, state_id: str, event: str) -> Decision | Unexpected:
    """Return what an event does in a state; raises KeyError for an unknown state, never for an unknown event."""
    state = machine.state(state_id)
    way = machine.way(state, event)
    if way is None:
        return Unexpected(event=event, state=state_id)
    target = machine.state(way.target)
    business_event = None if way.business_event is None else machine.business_events[way.business_event]
    return Decision(
        event=event,
        from_state=state.id,
        to_state=target.id,
        business_state_id=target.business_state,
        business_state=machine.business_states[target.business_state],
        business_event_id=way.business_event,
        business_event=business_event,
        command=target.command if way.commands else None,
        side_effects=target.side_effects if way.commands else (),
        changed=target.id != state.id,
        attention=way.attention,
    )
