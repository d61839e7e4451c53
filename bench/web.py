"""The web process as `make up` starts it, alone."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paymenthub.setup import processes
from paymenthub.setup.errors import SetupError
from paymenthub.stack.children import child_table
from paymenthub.stack.layout import ROOT
from paymenthub.stack.ports import reserved_ports

from .stage import Stage

_READY_SECONDS = 60.0


@contextmanager
def web(stage: Stage) -> Iterator[tuple[str, int]]:
    """Run it; give its base URL and process id. At the end it is stopped, and with it its database connections."""
    with reserved_ports(stage.layout.ports, None) as ports:
        child = next(child for child in child_table(stage.layout, ports) if child.name == "web")
        log = stage.layout.log("web")
        with log.open("wb") as out:
            process = subprocess.Popen(
                child.arguments,
                cwd=ROOT,
                env={**stage.environment, "HUB_PUBLIC_URL": f"http://127.0.0.1:{ports.web}"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait(process, ports.web, log)
            yield f"http://127.0.0.1:{ports.web}", process.pid
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and its children have used so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    spent = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == pid:  # its process group
            spent += (int(fields[11]) + int(fields[12])) / ticks
    return spent


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/-/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise SetupError(f"The web process did not become ready. Its last lines ({log}):\n{processes.tail(log)}")
