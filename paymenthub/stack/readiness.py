"""Ask the processes of the stack whether they are ready."""

import http.client
import socket

from .layout import Layout
from .ports import Ports


def is_ready(layout: Layout, ports: Ports) -> bool:
    """Tell whether `GET /-/ready` answers 200, sandbox PSP and shop listen, and worker and beat have loaded everything."""
    return (
        all(layout.pid_file(name).exists() for name in ("worker", "beat"))
        and _listens(ports.psp)
        and (not ports.smtp or (_listens(ports.smtp) and _listens(ports.inbox)))
        and (not ports.shop or _listens(ports.shop))
        and _answers_ready(ports.web)
    )


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _answers_ready(port: int) -> bool:
    """Go straight to loopback, whatever proxy the environment names."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/-/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
