"""Place a machine's states on a page: one lane a business state, in the order in which a payment comes to them."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from payments.domain.machine import Machine, State

LINE: Final = 15
HEAD: Final = 30
GAP: Final = 18
LANE_HEAD: Final = 30
LETTER: Final = 6.7
"""Width of one letter of the diagram's monospace text, in pixels at its size; generous, so that nothing runs over."""

_MIN_BOX: Final = 272


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a box: where a way leads (`is_target`), or the events that lead there."""

    text: str
    is_target: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A state and where it stands; all in pixels."""

    state: State
    x: float
    y: float
    width: float
    height: float
    lines: tuple[Line, ...]

    @property
    def middle(self) -> tuple[float, float]:
        """The point in the middle of its head."""
        return self.x + self.width / 2, self.y + HEAD / 2


@dataclass(frozen=True, slots=True)
class Lane:
    """All states of one business state."""

    business_state: int
    title: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole page."""

    width: float
    height: float
    lanes: tuple[Lane, ...]
    boxes: dict[str, Box]


def lay_out(machine: Machine, *, width: int, detailed: Sequence[str]) -> Layout:
    """Place every state; those of `detailed` show their ways. As many boxes stand side by side as `width` has room for."""
    ranks = ranks_of(machine)
    order = sorted(machine.states, key=lambda id: ranks.get(id, len(ranks)))
    lanes: list[Lane] = []
    boxes: dict[str, Box] = {}
    columns = max(1, int((width - GAP) // (_MIN_BOX + GAP)))
    box_width = (width - GAP * (columns + 1)) / columns
    top: float = 0
    for business_state in dict.fromkeys(machine.states[id].business_state for id in order):
        bottoms = [top + LANE_HEAD] * columns
        for id in order:
            state = machine.states[id]
            if state.business_state != business_state:
                continue
            lines = _lines(machine, state, box_width) if id in detailed else ()
            height = HEAD + (LINE * len(lines) + 8 if lines else 0)
            column = min(range(columns), key=lambda n: (bottoms[n], n))
            boxes[id] = Box(state, GAP + column * (box_width + GAP), bottoms[column], box_width, height, lines)
            bottoms[column] += height + GAP
        bottom = max(bottoms)
        title = machine.business_states.get(business_state) or str(business_state)
        lanes.append(Lane(business_state, title, top, bottom - top))
        top = bottom + GAP / 2
    return Layout(width, top - GAP / 2, tuple(lanes), boxes)


def ranks_of(machine: Machine) -> dict[str, int]:
    """Count for each reachable state how many events lead there at least, as an order: the initial state is first."""
    ranks: dict[str, int] = {}
    ahead = [machine.initial_state]
    while ahead:
        id = ahead.pop(0)
        if id not in ranks:
            ranks[id] = len(ranks)
            ahead += [way.target for way in machine.states[id].transitions.values()]
    return ranks


def _lines(machine: Machine, state: State, width: float) -> tuple[Line, ...]:
    letters = int((width - 34) // LETTER)
    events: dict[str, list[str]] = {}
    for way in state.transitions.values():
        target = machine.states[way.target]
        asks = way.commands and (target.command is not None or bool(target.side_effects))
        if way.target != state.id or asks:
            events.setdefault(way.target, []).append(way.event)
    lines = []
    if state.timeout:
        lines.append(Line(f"after {state.timeout.seconds} s: {state.timeout.event}"[:letters], is_target=False))
    for to, names in events.items():
        lines.append(Line(f"→ {to}"[:letters], is_target=True))
        wrapped = textwrap.wrap(", ".join(names), letters, break_long_words=True, break_on_hyphens=False)
        lines += [Line(text, is_target=False) for text in wrapped]
    return tuple(lines)
