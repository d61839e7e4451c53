"""Processes that play Stripe, and calls to them through the driver."""

from collections.abc import Iterator

import pytest

from paymenthub.kernel.http import Timeouts, Transport
from providers.drivers.stripe import StripeDriver

from .processes import Simulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture(scope="session")
def transport() -> Iterator[Transport]:
    with Transport(Timeouts(connect=2, read=8, total=10)) as patient:
        yield patient


@pytest.fixture
def driver() -> StripeDriver:
    return StripeDriver()
