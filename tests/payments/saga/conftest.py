"""Fixtures for steps of the saga."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from payments.domain.machine import Machine
from payments.domain.machine_loading import build
from payments.saga import handlers
from payments.saga.handlers import Handler
from payments.selectors import machines
from tests.payments.outbound.conftest import receiver

from . import world

__all__ = ["receiver"]


@pytest.fixture
def install(monkeypatch) -> Callable[..., Machine]:
    """Let new payments start with a machine."""
    known = dict(machines._built_in())

    def now(data: dict[str, Any], *, checked: bool = True) -> Machine:
        machine = world.machine(data) if checked else build(data, name="payment", version=99)
        known[machine.name, machine.version] = (machine, data)
        return machine

    monkeypatch.setattr(machines, "_built_in", lambda: known)
    return now


@pytest.fixture
def handle() -> Iterator[Callable[[str, Handler], None]]:
    """Register handlers for the length of a test."""
    names: list[str] = []

    def now(name: str, handler: Handler) -> None:
        handlers.register(name, handler)
        names.append(name)

    yield now
    for name in names:
        handlers.forget(name)


@pytest.fixture(autouse=True)
def _no_mails(monkeypatch) -> None:
    """Nobody sends notices here, but where a test says so."""
    monkeypatch.delitem(handlers._handlers, "notify")


@pytest.fixture(autouse=True)
def _no_cached_provider_data() -> Iterator[None]:
    yield
    cache.clear()
