"""Who brings attachments: registered from above, asked when a mail is sent.

An invoice may be issued a moment after the payment: a mail waits for it, MAIL_ATTACHMENT_WAIT seconds at most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.models import Mail
from payments.notifications.envelope import Attached


class Readiness(StrEnum):
    """READY: here it is; NOT_YET: it will come; NEVER: this mail gets none."""

    READY = "ready"
    NOT_YET = "not_yet"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider's answer about one mail."""

    readiness: Readiness
    files: tuple[Attached, ...] = ()


Provider = Callable[[Mail], Offer]

_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Ask `provider` about every mail of the hub's own; from `AppConfig.ready()`. It must be quick and may read only."""
    if provider not in _providers:
        _providers.append(provider)


def forget(provider: Provider) -> None:
    """Take a provider away again."""
    _providers.remove(provider)


def offers(mail: Mail) -> Sequence[Offer]:
    """Ask everybody about a mail."""
    return [provider(mail) for provider in _providers]


def anybody() -> bool:
    """Tell whether there is anybody to ask."""
    return bool(_providers)
