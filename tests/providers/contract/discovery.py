"""Find the harness of every driver that the project's settings name, and what to run for it."""

import importlib
from functools import cache
from typing import Any

import pytest

from providers import registry
from providers.port import Driver
from providers.types import Operation

from .bench import plainest, scenarios_of
from .harness import LOCAL, READS, Harness
from .scenarios import Scenario


def module_of(driver: Driver) -> str:
    """Name the module that holds a driver's harness."""
    return f"tests.providers.{driver.code.replace('-', '_')}.scenarios"


@cache
def drivers() -> tuple[Driver, ...]:
    """List the drivers of the settings."""
    return tuple(registry.all_drivers())


@cache
def harnesses() -> dict[str, Harness]:
    """Return the harness of every driver that has one, by code; test_declaration reports those that have none."""
    found: dict[str, Harness] = {}
    for driver in drivers():
        try:
            module = importlib.import_module(module_of(driver))
        except ModuleNotFoundError as error:
            if error.name is None or not module_of(driver).startswith(error.name):
                raise
            continue
        found[driver.code] = module.HARNESS(driver)
    return found


def operations_of(harness: Harness) -> list[Operation]:
    """List the declared operations that go out to the PSP and have a scenario to try them with."""
    return [o for o in Operation if o in harness.driver.operations - LOCAL and plainest(harness, o)]


def _params(pairs: list[tuple[Harness, Any]]) -> list[Any]:
    return [pytest.param(h.driver.code, value, id=f"{h.driver.code}-{value}") for h, value in pairs]


def _all() -> list[Harness]:
    return list(harnesses().values())


def _notified() -> list[Harness]:
    return [h for h in _all() if Operation.NOTIFICATION in h.driver.operations]


def _codes(chosen: list[Harness]) -> Any:
    return pytest.mark.parametrize("harness", [h.driver.code for h in chosen], indirect=True)


def _pairs(name: str, pairs: list[tuple[Harness, Any]]) -> Any:
    return pytest.mark.parametrize(("harness", name), _params(pairs), indirect=["harness"])


def each_driver() -> Any:
    """Run a test for every driver."""
    return pytest.mark.parametrize("driver", drivers(), ids=lambda driver: driver.code)


def each_harness() -> Any:
    """Run a test for every driver's harness."""
    return _codes(_all())


def each_scenario() -> Any:
    """Run a test for every driver and scenario."""
    return _pairs("scenario", [(h, s) for h in _all() for s in scenarios_of(h)])


def each_operation() -> Any:
    """Run a test for every driver and operation that goes out."""
    return _pairs("operation", [(h, o) for h in _all() for o in operations_of(h)])


def each_write() -> Any:
    """Run a test for every driver and operation that changes something at the PSP."""
    return _pairs("operation", [(h, o) for h in _all() for o in operations_of(h) if o not in READS])


def each_notified() -> Any:
    """Run a test for every driver that takes notifications."""
    return _codes(_notified())


def each_signed() -> Any:
    """Run a test for every driver whose PSP signs its notifications."""
    return _codes([h for h in _notified() if h.signs_notifications])


def each_status(operation: Operation) -> Any:
    """Run a test for every driver and status word of payments (FETCH) or refunds (FETCH_REFUND)."""
    return _pairs("word", [(h, w) for h in _all() if operation in h.driver.operations for w in _words(h, operation)])


def each_with_scenario(scenario: Scenario) -> Any:
    """Run a test for every driver that is put through a scenario."""
    return _codes([h for h in _all() if scenario in scenarios_of(h)])


def _words(harness: Harness, operation: Operation) -> list[str]:
    return list(harness.payment_statuses() if operation is Operation.FETCH else harness.refund_statuses())
