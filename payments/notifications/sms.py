"""The port for text messages. There is no backend yet: an SMS that a saga asks for is recorded as not sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SmsReceipt:
    """What a backend says: whether it took the message, its own id of it, or why not; `permanent`: no use trying again."""

    accepted: bool
    reference: str = ""
    error: str = ""
    permanent: bool = False


class SmsBackend(Protocol):
    """Sends one text message. The same `key` may come twice and must be sent once."""

    def send(self, *, key: str, to: str, text: str, metadata: Mapping[str, str]) -> SmsReceipt:
        """Send it."""


_backends: dict[str, SmsBackend] = {}


def register(name: str, backend: SmsBackend) -> None:
    """Install a backend under a name; raises ValueError where the name is taken."""
    if _backends.setdefault(name, backend) is not backend:
        raise ValueError(f"there is an SMS backend {name!r} already")


def installed() -> tuple[str, ...]:
    """List what is installed."""
    return tuple(sorted(_backends))
