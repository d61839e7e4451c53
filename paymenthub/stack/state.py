"""What the supervisor writes down about itself, so that others can find, wait for and end it."""

import contextlib
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

from paymenthub.setup import processes
from paymenthub.setup.files import read_json, write_private
from paymenthub.setup.processes import ProcessId

from .layout import Layout

_STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class State:
    """Who runs, and whether the stack answers."""

    supervisor: ProcessId
    ready: bool = False
    children: Mapping[str, ProcessId] = field(default_factory=dict)


def write_state(layout: Layout, *, ready: bool, children: Mapping[str, ProcessId]) -> None:
    """Record this process as the supervisor."""
    own = ProcessId.of(os.getpid())
    content = {
        "pid": own.pid,
        "began": own.began,
        "ready": ready,
        "children": {name: [child.pid, child.began] for name, child in children.items()},
    }
    write_private(layout.state, json.dumps(content) + "\n")


def read_state(layout: Layout) -> State | None:
    """Return what the last supervisor recorded, whether it lives or not."""
    content = read_json(layout.state)
    pid, children = content.get("pid"), content.get("children")
    if not isinstance(pid, int) or not isinstance(children, dict):
        return None
    return State(
        ProcessId(pid, str(content.get("began"))),
        content.get("ready") is True,
        {name: ProcessId(int(child[0]), str(child[1])) for name, child in children.items()},
    )


def end_leftovers(layout: Layout) -> list[str]:
    """End children whose supervisor was killed; return their names."""
    state = read_state(layout)
    left = {name: child for name, child in state.children.items() if child.is_alive()} if state else {}
    for child in left.values():
        with contextlib.suppress(ProcessLookupError):
            processes.end(child.pid, _STOP, group=True)
    layout.state.unlink(missing_ok=True)
    return list(left)
