"""Share one Sandpay process and one receiver; tests part themselves by reference and webhook address."""

import pytest

from .process import Sandpay
from .receiver import Receiver


@pytest.fixture(scope="session")
def sandpay(tmp_path_factory):
    process = Sandpay(tmp_path_factory.mktemp("sandpay") / "sandpay.db")
    yield process
    process.kill()


@pytest.fixture
def own_sandpay(tmp_path):
    """A process of the test's own, which it may kill."""
    process = Sandpay(tmp_path / "sandpay.db")
    yield process
    process.kill()


@pytest.fixture(scope="session")
def receiver():
    server = Receiver()
    yield server
    server.close()
