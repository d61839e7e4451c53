"""The bus is on in the tests of orders."""

import pytest


@pytest.fixture(autouse=True)
def _bus_on(settings) -> None:
    settings.EVENT_BUS_ENABLED = True
