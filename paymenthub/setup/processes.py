"""Look at, start and end processes by id, safely against ids that the system gave to somebody else meanwhile."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process id together with the time it began, so that a reused number is not mistaken for the process."""

    pid: int
    began: str

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """Describe a process that runs now."""
        return cls(pid, _stat_field(pid, 21))

    def is_alive(self) -> bool:
        """Tell whether this very process still runs."""
        return is_alive(self.pid) and _stat_field(self.pid, 21) == self.began


def _stat_field(pid: int, number: int) -> str:
    """Return a field of /proc/PID/stat, counted from 0, or "" where there is none."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    # The second field is a name in brackets that may hold spaces and brackets of its own.
    fields = ["", "", *text.rpartition(")")[2].split()]
    return fields[number] if number < len(fields) else ""


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not collected by its parent does not."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _stat_field(pid, 2) != "Z"


def command_line(pid: int) -> str:
    """Return a process's arguments with spaces between them, or "" where it is gone or cannot be read."""
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def spawn_detached(
    arguments: Sequence[str], *, log: Path, folder: Path, environment: dict[str, str], lock: IO[str]
) -> int:
    """Start a server that outlives this process, in a session of its own, and return its process id.

    It inherits the open `lock`, and so do its children: the lock is free again when the last of them is gone, however
    they ended. Goes through a shell that ends at once, so that the server becomes nobody's child here.
    """
    with log.open("ab") as out:
        shell = subprocess.run(
            ["/bin/sh", "-c", '"$@" <&- 1>&2 & echo $!', "sh", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
            cwd=folder,
            env=environment,
            start_new_session=True,
            pass_fds=[lock.fileno()],
            check=True,
        )
    return int(shell.stdout)


def wait_gone(pid: int, seconds: float) -> bool:
    """Wait until a process has ended; False when it still runs after that time."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end(pid: int, signals: Sequence[tuple[signal.Signals, float]], *, group: bool = False) -> None:
    """Send one signal after the other, each with seconds to wait, until the process (or its whole group) is gone."""
    for number, seconds in signals:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(pid, number)
        if group_gone(pid, seconds) if group else wait_gone(pid, seconds):
            return


def group_gone(group: int, seconds: float) -> bool:
    """Wait until no process of a group runs; False when one still does after that time."""
    deadline = time.monotonic() + seconds
    while any(is_alive(pid) for pid in group_members(group)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def group_members(group: int) -> list[int]:
    """List the processes of a group; where there is no /proc, its leader alone."""
    if not (_PROC / "self").exists():
        return [group]
    ids = (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())
    return [pid for pid in ids if _stat_field(pid, 4) == str(group)]


def tail(path: Path, lines: int = 20) -> str:
    """Return the last lines of a log, indented, or a word that there are none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 64_000))
            text = file.read().decode(errors="replace")
    except OSError:
        text = ""
    last = text.splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in last) if last else "    (the log is empty)"
