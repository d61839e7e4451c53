"""Set everything up and run it until somebody asks it to stop."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

from paymenthub.embedded import ensure_missing, stop_servers
from paymenthub.setup import processes
from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import locked_or_none, make_folder, make_var_dir
from payments.metrics.files import prepare

from .children import STOP_ORDER, child_table, with_bus
from .environment import local_environment
from .layout import ROOT, Layout
from .ports import read_ports, reserved_ports
from .readiness import is_ready
from .screen import screen
from .state import end_leftovers, read_state, write_state
from .supervisor import Child, Stopped, Supervisor

_READY_SECONDS = 60.0


def up(layout: Layout, *, port: int | None, where: str) -> int:
    """Run the stack in this terminal; 0 after a stop that somebody asked for, or where it runs already."""
    make_var_dir(layout.var_dir)
    make_folder(layout.log_dir, 0o700)
    with locked_or_none(layout.lock) as free:
        if not free:
            return _already(layout, port=port, where=where)
        stop = threading.Event()
        _stop_on_signals(stop)
        try:
            _run(layout, port=port, where=where, stop=stop)
        except Stopped:
            pass
        finally:
            layout.state.unlink(missing_ok=True)
            _say("Stopping the servers")
            stop_servers(layout.var_dir)
        _say("Stopped. Nothing is left running.")
        return 0


def up_detached(layout: Layout, *, port: int | None, where: str) -> int:
    """Run the stack in the background and return when it is ready."""
    make_var_dir(layout.var_dir)
    make_folder(layout.log_dir, 0o700)
    log = layout.log("supervisor")
    options = ["--var-dir", str(layout.var_dir), *(["--port", str(port)] if port else [])]
    # The screen that goes into it shows passwords.
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "paymenthub.stack", "up", *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    while process.poll() is None:
        state = read_state(layout)
        if state and state.supervisor.pid == process.pid and state.ready:
            print(screen(layout, where=where))
            return 0
        time.sleep(0.1)
    if process.returncode == 0:
        return _already(layout, port=port, where=where)
    raise SetupError(f"The stack did not start. It said:\n{processes.tail(log, 40)}")


def _run(layout: Layout, *, port: int | None, where: str, stop: threading.Event) -> None:
    left = end_leftovers(layout)
    if left:
        _say(f"Ended what an earlier run that was killed had left behind: {', '.join(left)}")
    write_state(layout, ready=False, children={})
    _say("Starting PostgreSQL and Valkey")
    servers = ensure_missing(layout.var_dir)
    with reserved_ports(layout.ports, port) as ports:
        environment = local_environment(layout, servers, ports)
        supervisor = Supervisor(folder=ROOT, log_dir=layout.log_dir, environment=environment, stop=stop)
        prepare(layout.metrics_dir)
        try:
            _set_up(supervisor, layout)
            _say("Starting web, worker, beat, relay, the sandbox PSP, the mail catcher and the demo shop")
            for child in with_bus(child_table(layout, ports), environment):
                supervisor.start(child)
                write_state(layout, ready=False, children=supervisor.ids())
            supervisor.wait_until(
                lambda: is_ready(layout, ports), seconds=_READY_SECONDS, what="The stack is not ready"
            )
            print(screen(layout, where=where), flush=True)
            write_state(layout, ready=True, children=supervisor.ids())
            supervisor.watch()
            _say("Stopping")
        finally:
            supervisor.stop_all(STOP_ORDER)


def _set_up(supervisor: Supervisor, layout: Layout) -> None:
    _say("Bringing the database up to date")
    manage = [sys.executable, "manage.py"]
    supervisor.run(Child("migrate", [*manage, "migrate", "--no-input"]))
    supervisor.run(Child("seed", [*manage, "seed_local", "--demo-json", str(layout.demo)]))
    supervisor.run(Child("seed", [*manage, "seed_issuer", "Demo Company/demo-shop"]))
    for left in (layout.pid_file("worker"), layout.pid_file("beat")):
        left.unlink(missing_ok=True)


def _already(layout: Layout, *, port: int | None, where: str) -> int:
    state = read_state(layout)
    ports = read_ports(layout.ports)
    if state and state.ready:
        if port is not None and ports is not None and ports.web != port:
            raise SetupError(
                f"It runs already, on port {ports.web}.\nTo move it: make down{where}, then make up again."
                " To run a second copy: add VAR_DIR=other."
            )
        print(f"It runs already (process {state.supervisor.pid}).")
        print(screen(layout, where=where))
    else:
        print(f"Another `make up` is starting or stopping it right now; its log is in {layout.log_dir}.")
    return 0


def _stop_on_signals(stop: threading.Event) -> None:
    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)


def _say(text: str) -> None:
    print(f"- {text}", flush=True)
