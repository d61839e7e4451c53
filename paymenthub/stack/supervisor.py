"""Run a table of child processes together: when one ends all end, and nothing is left behind."""

import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from paymenthub.setup import processes
from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import rotate
from paymenthub.setup.processes import ProcessId

_STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class Child:
    """One program of the stack; its log gets its name."""

    name: str
    arguments: Sequence[str]


class Stopped(Exception):
    """Somebody asked the stack to stop while it was being set up."""


class Supervisor:
    """Start children, watch them, stop them.

    `stop` is set from outside, by a signal handler for example; every wait here ends soon after it.
    """

    def __init__(self, *, folder: Path, log_dir: Path, environment: Mapping[str, str], stop: threading.Event) -> None:
        self._folder = folder
        self._log_dir = log_dir
        self._environment = dict(environment)
        self._stop = stop
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def log(self, name: str) -> Path:
        """Return where a child writes."""
        return self._log_dir / f"{name}.log"

    def run(self, child: Child) -> None:
        """Run a step of the set-up to its end; raise SetupError with its last lines when it fails."""
        self.start(child)
        process = self._running[child.name]
        while process.poll() is None:
            if self._stop.wait(0.02):
                raise Stopped
        del self._running[child.name]
        if process.returncode != 0:
            raise SetupError(self._obituary(child.name, process.returncode))

    def start(self, child: Child) -> None:
        """Start a child in a process group of its own: a Ctrl-C in the terminal reaches the supervisor alone."""
        if self._stop.is_set():
            raise Stopped
        rotate(self.log(child.name))
        with self.log(child.name).open("ab") as log:
            self._running[child.name] = subprocess.Popen(
                child.arguments,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ids(self) -> dict[str, ProcessId]:
        """Return who runs, to be written down for a successor should this process be killed."""
        return {name: ProcessId.of(process.pid) for name, process in self._running.items()}

    def wait_until(self, condition: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Wait until a condition holds; raise SetupError when a child ends or the time is over first."""
        for _ in range(int(seconds / 0.1)):
            self._check()
            if condition():
                return
            if self._stop.wait(0.1):
                raise Stopped
        logs = "\n".join(f"{name}:\n{processes.tail(self.log(name), 5)}" for name in self._running)
        raise SetupError(f"{what} after {seconds:.0f} s. Last lines of each log in {self._log_dir}:\n{logs}")

    def watch(self) -> None:
        """Return when asked to stop; raise SetupError when a child ends before."""
        while not self._stop.wait(0.2):
            self._check()

    def stop_all(self, order: Sequence[str] = ()) -> None:
        """Stop the children in this order, the others after them: SIGTERM, 10 seconds, SIGKILL, whole groups."""
        for name in [*order, *reversed(list(self._running))]:
            process = self._running.pop(name, None)
            if process:
                processes.end(process.pid, _STOP, group=True)
                process.wait()

    def _check(self) -> None:
        for name, process in self._running.items():
            if process.poll() is not None:
                raise SetupError(self._obituary(name, process.returncode))

    def _obituary(self, name: str, status: int) -> str:
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with exit status {status}"
        return f"«{name}» {how}. Its last lines ({self.log(name)}):\n{processes.tail(self.log(name))}"
