"""Stop a stack from another terminal, and show whether one runs."""

import contextlib
import os
import signal

from paymenthub.embedded import running_servers, stop_servers
from paymenthub.setup import processes
from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import locked_or_none

from .layout import Layout
from .state import end_leftovers, read_state

# Each child has ten seconds to end and five to be killed, and the servers.
_LONGEST_STOP = 120.0


def down(layout: Layout) -> int:
    """Stop the supervisor and everything it runs, and what a killed one left behind."""
    if not layout.var_dir.is_dir():
        print(f"Nothing runs: there is no {layout.var_dir}.")
        return 0
    state = read_state(layout)
    was_running = bool(state and state.supervisor.is_alive())
    if state and was_running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.supervisor.pid, signal.SIGTERM)
        if not processes.wait_gone(state.supervisor.pid, _LONGEST_STOP):
            raise SetupError(
                f"Process {state.supervisor.pid} does not end. Look into {layout.log_dir}, then kill it and try again."
            )
    with locked_or_none(layout.lock) as free:
        if not free:
            raise SetupError("Another `make up` has just begun. Run `make down` again when it is ready.")
        was_running |= bool(end_leftovers(layout))
        was_running |= stop_servers(layout.var_dir)
    print("Stopped. Nothing is left running." if was_running else "Nothing was running.")
    return 0


def status(layout: Layout) -> int:
    """Show what runs; 0 when the stack is ready, 3 when it is not."""
    state = read_state(layout) if layout.var_dir.is_dir() else None
    alive = bool(state and state.supervisor.is_alive())
    servers = running_servers(layout.var_dir)
    print(f"stack       {'ready' if state and alive and state.ready else 'starting' if alive else 'not running'}")
    for name, child in (state.children if state else {}).items():
        print(f"{name:<11} {'runs' if child.is_alive() else 'ended'} (process {child.pid})")
    print(f"postgresql  {'runs' if servers.database_url else 'not embedded here, or not running'}")
    print(f"valkey      {'runs' if servers.redis_url else 'not embedded here, or not running'}")
    return 0 if state and alive and state.ready else 3
