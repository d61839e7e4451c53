"""One real stack for all tests of this folder; every test gets it whole and gives it back whole."""

from collections.abc import Iterator

import pytest

from paymenthub.setup.files import read_json
from tests.security.log_scan import scan_files

from .database import Database
from .psp import Customer, Psp
from .shop import Receiver, Shop
from .stack import Stack, running_stack


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("e2e") / "a stack") as stack:
        yield stack
        for name in ("psp", "web", "worker", "beat", "relay"):
            assert stack.is_alive(name), f"{name} ended by itself:\n{stack.tails()}"
        # supervisor.log holds the screen with its passwords on purpose.
        logs = [file for file in stack.layout.log_dir.glob("*.log") if file.name != "supervisor.log"]
        assert scan_files(logs, stack.demo["apiKey"], stack.demo["webhookSecret"]) == []
        assert len(stack.left_behind()) > 5, "the search for processes that are left finds nothing"


@pytest.fixture(scope="session")
def receiver(running: Stack) -> Iterator[Receiver]:
    made = Receiver(running.demo["webhookSecret"])
    yield made
    made.close()


@pytest.fixture(scope="session")
def shop(running: Stack, receiver: Receiver) -> Iterator[Shop]:
    made = Shop(running.base_url, running.demo["apiKey"], receiver)
    yield made
    made.close()


@pytest.fixture(scope="session")
def psp(running: Stack) -> Iterator[Psp]:
    key = str(read_json(running.layout.sandbox)["apiKey"])
    made = Psp(running.ports.psp, running.ports.psp_control, key)
    yield made
    made.close()


@pytest.fixture
def database(running: Stack) -> Iterator[Database]:
    made = Database(running.servers.database_url, running.layout.encryption_keys)
    yield made
    made.close()


@pytest.fixture
def customer() -> Iterator[Customer]:
    made = Customer()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def stack(running: Stack, psp: Psp, receiver: Receiver) -> Iterator[Stack]:
    """The stack, with everything that a test killed, stopped, closed or queued put right afterwards."""
    yield running
    running.restore()
    psp.open_port(True)
    psp.resume_webhooks()
    psp.clear_faults()
    assert receiver.refused == []
