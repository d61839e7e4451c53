"""The supervisor: all children or none, an end with a reason, and nothing left behind."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from paymenthub.setup import processes
from paymenthub.setup.errors import SetupError
from paymenthub.setup.processes import ProcessId
from paymenthub.stack.__main__ import parser
from paymenthub.stack.layout import Layout
from paymenthub.stack.ports import read_ports, reserved_ports
from paymenthub.stack.state import end_leftovers, read_state, write_state
from paymenthub.stack.supervisor import Child, Stopped, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def supervisor(tmp_path: Path, stop: threading.Event) -> Iterator[Supervisor]:
    made = Supervisor(folder=tmp_path, log_dir=tmp_path, environment=dict(os.environ), stop=stop)
    yield made
    made.stop_all()


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", code]


def announced(supervisor: Supervisor, name: str) -> bool:
    return supervisor.log(name).read_text().endswith("\n")


def test_a_child_that_ends_is_named_with_its_exit_status_and_last_lines(supervisor: Supervisor) -> None:
    supervisor.start(Child("steady", SLEEP))
    supervisor.start(Child("broken", python("[print('line', n) for n in range(30)]; raise SystemExit(7)")))

    with pytest.raises(SetupError) as caught:
        supervisor.watch()

    assert "«broken» ended with exit status 7" in str(caught.value)
    assert "line 10\n" in str(caught.value)
    assert "line 29" in str(caught.value)
    assert "line 9\n" not in str(caught.value)


def test_a_child_that_was_killed_is_named_with_the_signal(supervisor: Supervisor) -> None:
    supervisor.start(Child("victim", SLEEP))
    os.kill(supervisor.ids()["victim"].pid, signal.SIGKILL)

    with pytest.raises(SetupError, match="«victim» was ended by SIGKILL"):
        supervisor.watch()


def test_stopping_ends_children_and_their_children_in_order(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"def end(*_): open({str(order)!r}, 'a').write(sys.argv[1] + ' '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print(child.pid)\n"
        "while True: signal.pause()\n"
    )
    for name in ("first", "second", "third"):
        supervisor.start(Child(name, [*python(code), name]))
    supervisor.wait_until(
        lambda: all(announced(supervisor, name) for name in ("first", "second", "third")), seconds=20, what="No start"
    )
    grandchildren = [int(supervisor.log(name).read_text()) for name in ("first", "second", "third")]
    children = [child.pid for child in supervisor.ids().values()]

    supervisor.stop_all(("second",))

    assert order.read_text().split() == ["second", "third", "first"]
    assert [pid for pid in [*children, *grandchildren] if processes.is_alive(pid)] == []


def test_a_child_that_ignores_the_request_is_killed(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paymenthub.stack.supervisor._STOP", ((signal.SIGTERM, 0.3), (signal.SIGKILL, 5.0)))
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf')\nwhile True: signal.pause()"
    supervisor.start(Child("deaf", python(code)))
    supervisor.wait_until(lambda: announced(supervisor, "deaf"), seconds=20, what="No start")
    pid = supervisor.ids()["deaf"].pid

    supervisor.stop_all()

    assert not processes.is_alive(pid)


def test_a_step_that_fails_shows_its_last_lines(supervisor: Supervisor) -> None:
    with pytest.raises(SetupError, match=r"(?s)«migrate» ended with exit status 3.*no such table"):
        supervisor.run(Child("migrate", python("print('no such table'); raise SystemExit(3)")))


def test_a_stop_during_a_step_ends_the_step(supervisor: Supervisor, stop: threading.Event) -> None:
    threading.Timer(0.1, stop.set).start()

    with pytest.raises(Stopped):
        supervisor.run(Child("slow", SLEEP))

    pid = supervisor.ids()["slow"].pid
    supervisor.stop_all()
    assert not processes.is_alive(pid)


def test_waiting_in_vain_shows_every_log(supervisor: Supervisor) -> None:
    supervisor.start(Child("web", python("print('still loading'); import time; time.sleep(600)")))

    with pytest.raises(SetupError, match=r"(?s)The hub is not ready after 1 s.*web:\n.*still loading"):
        supervisor.wait_until(lambda: False, seconds=1, what="The hub is not ready")


def test_children_of_a_killed_supervisor_are_ended_by_the_next(supervisor: Supervisor, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    supervisor.start(Child("orphan", SLEEP))
    orphan = supervisor.ids()["orphan"]
    own = ProcessId.of(os.getpid())
    reused = ProcessId(own.pid, str(int(own.began) + 1))
    write_state(layout, ready=True, children={"orphan": orphan, "reused": reused})

    assert read_state(layout) is not None
    assert end_leftovers(layout) == ["orphan"]
    assert not orphan.is_alive()
    assert read_state(layout) is None


def test_port_and_folder_come_from_the_environment_that_make_passes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8765")
    monkeypatch.setenv("VAR_DIR", "my var")
    given = parser().parse_args(["up"])
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("VAR_DIR", "")
    unset = parser().parse_args(["up"])
    monkeypatch.setenv("PORT", "80a")

    assert (given.port, given.var_dir) == (8765, Path("my var"))
    assert (unset.port, unset.var_dir) == (None, Path("var"))
    with pytest.raises(SystemExit):
        parser().parse_args(["up"])


def test_ports_are_free_written_down_and_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"

    with reserved_ports(path, None) as first:
        assert read_ports(path) == first
    with reserved_ports(path, None) as second:
        assert second == first

    assert first.psp_control == first.psp + 1
    assert len({first.web, first.psp, first.psp_control}) == 3


def test_a_port_that_was_taken_meanwhile_is_replaced_and_one_asked_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        path.write_text(f'{{"web": {taken}, "psp": {taken - 1}}}')

        with reserved_ports(path, None) as chosen:
            assert taken not in {chosen.web, chosen.psp, chosen.psp_control}
        with pytest.raises(SetupError, match=f"Port {taken} is in use"), reserved_ports(path, taken):
            pass


def test_two_stacks_that_start_at_once_never_choose_the_same_ports(tmp_path: Path) -> None:
    with reserved_ports(tmp_path / "one.json", None) as one, reserved_ports(tmp_path / "two.json", None) as two:
        assert not {one.web, one.psp, one.psp_control} & {two.web, two.psp, two.psp_control}
