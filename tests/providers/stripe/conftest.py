"""Processes that play Stripe, and calls to them through the driver."""

import socket
from collections.abc import Iterator

import pytest

from paymenthub.kernel.http import Timeouts, Transport
from providers.drivers.stripe import StripeDriver

from .processes import Localstripe, Simulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture(scope="session")
def localstripe() -> Iterator[Localstripe]:
    with Localstripe() as running:
        yield running


@pytest.fixture(scope="session")
def transport() -> Iterator[Transport]:
    with Transport(Timeouts(connect=2, read=8, total=10)) as patient:
        yield patient


@pytest.fixture
def driver() -> StripeDriver:
    return StripeDriver()


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
