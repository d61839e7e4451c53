"""Choose loopback ports that are free, the same ones at every start where possible."""

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import read_json, write_private

_HOST = "127.0.0.1"
_USUAL_WEB = range(8000, 8100, 10)


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one stack; the sandbox PSP's control port is the one after its own, the inbox's after SMTP's."""

    web: int
    psp: int
    smtp: int = 0
    shop: int = 0

    @property
    def psp_control(self) -> int:
        """The port of the sandbox PSP's control API."""
        return self.psp + 1

    @property
    def inbox(self) -> int:
        """The port of the page with the caught mails."""
        return self.smtp + 1


@contextlib.contextmanager
def reserved_ports(path: Path, wanted: int | None) -> Iterator[Ports]:
    """Choose ports, write them down in `path`, and keep other stacks from choosing them while the block runs.

    A wanted web port that is taken raises SetupError; otherwise those of the last start are taken, then 8000, 8010
    and so on, then any.
    The mark is the UDP port of the same number: two stacks that start at once may both see a TCP port without listener.
    """
    before = read_json(path)
    with contextlib.ExitStack() as held:
        if wanted is not None and not _take(held, wanted):
            low = "\nPorts below 1024 are for the superuser." if wanted < 1024 else ""
            raise SetupError(
                f"Port {wanted} is in use by another program, or not allowed.{low}\n"
                "Give another one with PORT=, or none to have one chosen."
            )
        web = wanted or _take_first(held, [before.get("web"), *_USUAL_WEB])
        psp = _take_first(held, [before.get("psp"), web + 100], size=2)
        smtp = _take_first(held, [before.get("smtp"), web + 102], size=2)
        shop = _take_first(held, [before.get("shop"), web + 104])
        ports = Ports(web, psp, smtp, shop)
        more = {"psp_control": ports.psp_control, "inbox": ports.inbox}
        write_private(path, json.dumps({**asdict(ports), **more}) + "\n")
        yield ports


def read_ports(path: Path) -> Ports | None:
    """Return the ports written down, or None where there are none yet."""
    before = read_json(path)
    web, psp, smtp, shop = (before.get(name) for name in ("web", "psp", "smtp", "shop"))
    if not isinstance(web, int) or not isinstance(psp, int):
        return None
    return Ports(web, psp, smtp if isinstance(smtp, int) else 0, shop if isinstance(shop, int) else 0)


def _take(held: contextlib.ExitStack, port: int, size: int = 1) -> bool:
    """Mark neighbouring ports as ours if all of them are free."""
    with contextlib.ExitStack() as marks:
        try:
            for number in range(port, port + size):
                with socket.socket() as probe:
                    # As servers do: connections of the last run that linger do not count.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((_HOST, number))
                marks.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind((_HOST, number))
        except (OSError, OverflowError):
            return False
        held.enter_context(marks.pop_all())
        return True


def _take_first(held: contextlib.ExitStack, candidates: list[object], size: int = 1) -> int:
    """Take the first free candidate, or any free ports where there is none."""
    for port in candidates:
        if isinstance(port, int) and port > 0 and _take(held, port, size):
            return port
    for _ in range(100):
        with socket.socket() as probe:
            probe.bind((_HOST, 0))
            free: int = probe.getsockname()[1]
        if _take(held, free, size):
            return free
    raise SetupError("No free port was found on 127.0.0.1. End programs that hold many of them and try again.")
