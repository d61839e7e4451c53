"""A RabbitMQ of our own for the tests, where Debian's is installed: everything of it is in one folder."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kombu import Connection
from kombu.exceptions import OperationalError

from tests.e2e.waiting import until

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
MISSING = "rabbitmq-server is not installed: sudo apt-get install --yes rabbitmq-server"


def is_installed() -> bool:
    return SERVER.exists() and shutil.which("epmd") is not None


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run it while the block lasts; yields its URL. Nothing of it is left afterwards."""
    port, distribution, names = (_free_port() for _ in range(3))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
    }
    (folder / "plugins").write_text("[].\n")
    (folder / "rabbitmq.conf").write_text("vm_memory_high_watermark.absolute = 256MB\ndisk_free_limit.absolute = 1MB\n")
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [str(SERVER)], env=environment, cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    try:
        until(lambda: _answers(url, process), "RabbitMQ does not answer:\n" + str(folder), seconds=60)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        subprocess.run(["epmd", "-port", str(names), "-kill"], capture_output=True, timeout=10, check=False)


def _answers(url: str, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, "RabbitMQ ended by itself"
    try:
        with Connection(url, connect_timeout=1, transport_options={"max_retries": 0}) as bus:
            bus.connect()
            return True
    except (OSError, OperationalError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
