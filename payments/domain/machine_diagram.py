"""Draw a machine as a Mermaid state diagram, alone or between the marks of a page.

A begin mark of a page may name the states to draw; without names all are drawn.
"""

import re
from collections.abc import Collection
from typing import Final

from payments.domain.machine import Machine, State

_DIAGRAM: Final = re.compile(r"(<!-- diagram: begin(?P<states>[\w\s]*)-->\n).*?(<!-- diagram: end -->)", re.DOTALL)


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
