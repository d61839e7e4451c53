"""The real stack in a folder of its own, without the supervisor: its children may be killed and started again.

Children, environment, ports and servers are those of `make up`; only the times are short.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from unittest.mock import patch

from paymenthub.embedded import Servers, ensure_servers, stop_servers
from paymenthub.setup import processes
from paymenthub.setup.files import read_json
from paymenthub.stack.children import STOP_ORDER, child_table
from paymenthub.stack.environment import local_environment
from paymenthub.stack.layout import ROOT, Layout
from paymenthub.stack.ports import Ports, reserved_ports
from paymenthub.stack.readiness import is_ready
from paymenthub.stack.supervisor import Child
from payments.metrics.files import prepare

from .waiting import until

LEASE = 5.0
READ_TIMEOUT = 2.5
SETTLE = 3.0
SHORT_TIMES = {
    "PSP_CONNECT_TIMEOUT": "1",
    "PSP_READ_TIMEOUT": str(READ_TIMEOUT),
    "PSP_TOTAL_TIMEOUT": "3",
    "ATTEMPT_LEASE": str(LEASE),
    "RECONCILE_INTERVAL": "1",
    "RECONCILE_MINIMUM_AGE": "2",
    "SANDBOX_PSP_SETTLE_SECONDS": str(SETTLE),
    "SANDBOX_PSP_DELAY_SECONDS": "1",
    "SANDBOX_PSP_HOLD_SECONDS": "30",
}
# Nothing of the run that starts this stack may reach it: no database, no broker, no settings of another.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
_STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
_KILL = ((signal.SIGKILL, 10.0),)
_HAS_PID_FILE = ("worker", "beat")


class Stack:
    """One running installation. `base_url` and `demo` (what `make up` writes down) say how to reach it."""

    def __init__(self, var_dir: Path, ports: Ports, times: Mapping[str, str] = SHORT_TIMES) -> None:
        self.layout = Layout(var_dir)
        self.ports = ports
        self._times = times
        self.base_url = f"http://127.0.0.1:{ports.web}"
        self.demo: Mapping[str, str] = {}
        self.environment: dict[str, str] = {}
        self.servers = Servers("", "", started=False)
        self._children = {child.name: child for child in child_table(self.layout, ports)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start_all(self) -> None:
        """Start the servers, make the database and the demo project, and run every child."""
        self.start_servers()
        clean = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {**self._times}
        with patch.dict(os.environ, clean, clear=True):
            self.environment = local_environment(self.layout, self.servers, self.ports)
        prepare(self.layout.metrics_dir)
        self.manage("migrate", "--no-input")
        self.manage("seed_local", "--demo-json", str(self.layout.demo))
        self.manage("seed_issuer", "Demo Company/demo-shop")
        self.demo = {name: str(value) for name, value in read_json(self.layout.demo).items()}
        self.start(*self._children)
        self.wait_ready()

    def start_servers(self) -> None:
        """Start PostgreSQL and Valkey, or whichever of them does not run."""
        with patch.dict(os.environ, {name: os.environ[name] for name in _PASSED_ON if name in os.environ}, clear=True):
            self.servers = ensure_servers(self.layout.var_dir)

    def start(self, *names: str) -> None:
        """Start children that do not run."""
        for name in names:
            assert not self.is_alive(name), f"{name} runs already"
            if name in _HAS_PID_FILE:
                self.layout.pid_file(name).unlink(missing_ok=True)  # as `make up` does
            self._running[name] = self.spawn(self._children[name], self.environment)

    def spawn(self, child: Child, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start one program in a group of its own, with a log of its name."""
        with self.layout.log(child.name).open("ab") as log:
            return subprocess.Popen(
                child.arguments,
                cwd=ROOT,
                # PostgreSQL's own list of connections says whose each is.
                env={**environment, "PGAPPNAME": child.name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def web_with_roles(self, roles: str, port: int) -> subprocess.Popen[bytes]:
        """Start another web process with other HUB_ROLES."""
        arguments = [str(port) if word == str(self.ports.web) else word for word in self._children["web"].arguments]
        return self.spawn(Child(f"web-{port}", arguments), {**self.environment, "HUB_ROLES": roles})

    def manage(self, *arguments: str, seconds: float = 90, expected: Sequence[int] = (0,)) -> str:
        """Run a management command to its end and return what it printed; fails where it does."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.returncode in expected, (
            f"manage.py {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
        return done.stdout

    def pids(self, name: str) -> list[int]:
        """List the processes of a child: its own, and those it started."""
        process = self._running.get(name)
        return processes.group_members(process.pid) if process else []

    def is_alive(self, name: str) -> bool:
        """Tell whether a child runs."""
        process = self._running.get(name)
        return process is not None and process.poll() is None

    def kill(self, *names: str) -> None:
        """`kill -9` a child with everything it started; it has no moment to tidy up."""
        for name in names:
            end(self._running.pop(name), _KILL)

    def pause(self, name: str) -> None:
        """Stop a child where it stands, as a machine that hangs does."""
        os.killpg(self._running[name].pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on."""
        os.killpg(self._running[name].pid, signal.SIGCONT)

    def valkey_pid(self) -> int:
        """Return the broker's process id."""
        return int((self.layout.var_dir / "valkey" / "server.pid").read_text())

    def kill_valkey(self) -> None:
        """`kill -9` the broker."""
        processes.end(self.valkey_pid(), _KILL)

    def kill_postgres(self) -> None:
        """`kill -9` the database server; what it has committed is on disk."""
        pid = int((self.layout.var_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        processes.end(pid, _KILL)

    def pause_valkey(self) -> None:
        """Stop the broker where it stands: it takes connections and answers nothing."""
        os.kill(self.valkey_pid(), signal.SIGSTOP)

    def resume_valkey(self) -> None:
        """Let it go on."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.valkey_pid(), signal.SIGCONT)

    def restore(self) -> None:
        """Bring back whatever a test has killed or stopped, and wait until everything is ready."""
        self.resume_valkey()
        self.start_servers()
        for name in self._running:
            with contextlib.suppress(ProcessLookupError):
                self.resume(name)
        self.start(*(name for name in self._children if not self.is_alive(name)))
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until every child answers."""
        until(
            self.is_ready,
            f"the stack is not ready; its logs are in {self.layout.log_dir}:\n{self.tails()}",
            seconds=60,
        )

    def is_ready(self) -> bool:
        """Tell whether every child answers."""
        return is_ready(self.layout, self.ports)

    def ended(self) -> list[str]:
        """Name the children that have ended without being killed from here."""
        return [name for name, process in list(self._running.items()) if process.poll() is not None]

    def tail(self, name: str, lines: int = 5) -> str:
        """Return the last lines of a child's log."""
        return processes.tail(self.layout.log(name), lines)

    def tails(self) -> str:
        """Return the last lines of every log."""
        return "\n".join(f"{name}:\n{self.tail(name)}" for name in self._children)

    def stop_all(self) -> None:
        """Stop everything and make sure that no process is left."""
        try:
            self.kill(*(name for name in STOP_ORDER if name in self._running))
        finally:
            stop_servers(self.layout.var_dir)
        until(lambda: not self.left_behind(), "processes are left behind", seconds=5)

    def left_behind(self) -> list[str]:
        """List the processes that work on our folder, whoever started them."""
        ours = str(self.layout.var_dir)
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid() and _mentions(entry, ours):
                found.append(f"{entry.name}: {processes.command_line(int(entry.name))}")
        return found


@contextlib.contextmanager
def running_stack(var_dir: Path, *, port: int | None = None, times: Mapping[str, str] = SHORT_TIMES) -> Iterator[Stack]:
    """Run a stack while the block lasts; nothing of it is left afterwards."""
    layout = Layout(var_dir)
    layout.log_dir.mkdir(parents=True, mode=0o700)
    with reserved_ports(layout.ports, port or free_port()) as ports:
        stack = Stack(var_dir, ports, times)
        try:
            stack.start_all()
            yield stack
        finally:
            stack.stop_all()


def end(process: subprocess.Popen[bytes], signals: Sequence[tuple[signal.Signals, float]] = _STOP) -> None:
    """End a program and its whole group, and collect it."""
    collector = threading.Thread(target=process.wait)
    collector.start()
    with contextlib.suppress(ProcessLookupError):
        processes.end(process.pid, signals, group=True)
    collector.join(5)
    assert process.returncode is not None, f"process {process.pid} does not end"


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _mentions(entry: Path, folder: str) -> bool:
    try:
        if (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        texts = ((entry / "cmdline").read_bytes(), (entry / "environ").read_bytes())
        return any(folder.encode() in text for text in texts) or str((entry / "cwd").readlink()).startswith(folder)
    except OSError:
        return False
