"""Processes and wires of the contract suite; its evidence goes to a collector that the whole run shares."""

import contextlib
import uuid
from collections.abc import Callable, Iterator

import pytest

from paymenthub.kernel.http import Timeouts, Transport

from . import guard
from .bench import Bench
from .discovery import harnesses
from .evidence import PLUGIN, Collector
from .harness import Harness
from .wire import Wire

_NOBODY = "got empty parameter set"


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(PLUGIN):
        config.pluginmanager.register(Collector(config), PLUGIN)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what no driver declares: it is not skipped, there is nothing to run."""
    empty = {
        item
        for item in items
        if "/providers/contract/" in item.nodeid
        and any(_NOBODY in str(mark.kwargs.get("reason", "")) for mark in item.iter_markers("skip"))
    }
    if empty:
        config.hook.pytest_deselected(items=list(empty))
        items[:] = [item for item in items if item not in empty]


@pytest.fixture(scope="session", autouse=True)
def _guarded() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        guard.install(patch)
        yield


@pytest.fixture(scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Harness]]:
    with contextlib.ExitStack() as stack:
        running: dict[str, Harness] = {}

        def start(code: str) -> Harness:
            if code not in running:
                harness = harnesses()[code]
                harness.start(tmp_path_factory.mktemp(code))
                stack.callback(harness.close)
                running[code] = harness
            return running[code]

        yield start


@pytest.fixture
def harness(request: pytest.FixtureRequest, _started: Callable[[str], Harness]) -> Harness:
    return _started(request.param)


@pytest.fixture(scope="session")
def transport() -> Iterator[Transport]:
    with Transport(Timeouts(connect=2, read=8, total=10)) as patient:
        yield patient


@pytest.fixture(scope="session")
def impatient() -> Iterator[Transport]:
    with Transport(Timeouts(connect=0.3, read=0.3, total=0.4)) as transport:
        yield transport


@pytest.fixture(scope="session")
def _wires() -> Iterator[tuple[Wire, Wire]]:
    with contextlib.closing(Wire()) as first, contextlib.closing(Wire()) as second:
        yield first, second


@pytest.fixture
def bench(harness: Harness, _wires: tuple[Wire, Wire], transport: Transport) -> Iterator[Bench]:
    """The driver with an account of its own at its PSP."""
    yield _bench(harness, _wires[0], transport)
    _wires[0].reset()


@pytest.fixture
def other_bench(harness: Harness, _wires: tuple[Wire, Wire], transport: Transport) -> Iterator[Bench]:
    """The same driver with another merchant's account, at another address."""
    yield _bench(harness, _wires[1], transport)
    _wires[1].reset()


def _bench(harness: Harness, wire: Wire, transport: Transport) -> Bench:
    wire.reset()
    return Bench(harness, wire, harness.account(wire.url, uuid.uuid4().hex[:12]), transport)
