"""Who carries out the commands of the saga that go to no payment provider, by name.

A package of a project's own adds one with the entry point group `paymenthub.command_handlers` (name = the handler's name,
value = a callable); the hub's own are registered from `AppConfig.ready()`. A machine's channel of type `handler` names
one; a channel that no machine declares is carried out by the handler of the channel's own name.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from payments.domain.machine import PSP_CHANNELS

GROUP: Final = "paymenthub.command_handlers"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StepCommand:
    """One command, as its handler gets it. The same `id` may come more than once: the work must be done once per `id`.

    `metadata` is the whole merged metadata of the saga, without providerData; amounts are minor units.
    """

    id: UUID
    payment_id: UUID
    saga_id: str
    channel: str
    label: str
    metadata: Mapping[str, Any]
    is_side_effect: bool


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """What came of a command: the event to feed the saga, if any, and what it brings along for the metadata."""

    event: str = ""
    payload: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


Handler = Callable[[StepCommand], StepAnswer]

_handlers: dict[str, Handler] = {}
_broken: dict[str, str] = {}


class HandlerMissing(LookupError):
    """No handler of that name is installed here, or the installed one could not be loaded."""


def register(name: str, handler: Handler) -> None:
    """Give a name a handler; raises ValueError for the name of a PSP channel, or one that has another handler."""
    if name in PSP_CHANNELS:
        raise ValueError(f"{name!r} is an operation at a payment provider; no handler may carry it out")
    if not callable(handler):
        raise ValueError(f"the handler {name!r} cannot be called")
    if _handlers.setdefault(name, handler) is not handler:
        raise ValueError(f"there is a handler {name!r} already")


def forget(name: str) -> None:
    """Take a handler away again."""
    _handlers.pop(name, None)


def find(name: str) -> Handler:
    """Return the handler of a name. Raises `HandlerMissing`, saying why."""
    try:
        return _handlers[name]
    except KeyError:
        reason = _broken.get(name, "is not installed here")
        raise HandlerMissing(f"the command handler {name!r} {reason}") from None


def is_there(name: str) -> bool:
    """Tell whether a name has a handler."""
    return name in _handlers


def names() -> frozenset[str]:
    """Name everybody who is there."""
    return frozenset(_handlers)


def load_installed() -> None:
    """Register what installed packages offer; one that cannot be loaded is noted for the system check."""
    for point in entry_points(group=GROUP):
        try:
            register(point.name, point.load())
        except Exception as error:  # noqa: BLE001 - another's code: its fault must neither stop the hub nor go unsaid
            _broken[point.name] = f"({point.value}) could not be loaded: {type(error).__name__}: {error}"
            logger.error("a command handler could not be loaded", extra={"handler": point.name})
        else:
            _broken.pop(point.name, None)


def broken() -> Mapping[str, str]:
    """Say for each installed handler that could not be loaded why."""
    return dict(_broken)
