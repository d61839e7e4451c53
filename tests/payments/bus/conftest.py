"""Each test of the bus runs on real Redis and, with SUITE=full and where it is installed, on real RabbitMQ.

RabbitMQ alone takes up to a minute to start on two busy cores.
"""

import os
from collections.abc import Iterator

import pytest

from . import rabbitmq
from .broker import Broker, broker


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not rabbitmq.is_installed():
        pytest.skip(rabbitmq.MISSING)
    with rabbitmq.running(tmp_path_factory.mktemp("rabbitmq")) as url:
        yield url


@pytest.fixture(params=["redis", pytest.param("rabbitmq", marks=pytest.mark.full)])
def bus(request: pytest.FixtureRequest, settings) -> Iterator[Broker]:
    url = os.environ["REDIS_URL"] if request.param == "redis" else request.getfixturevalue("rabbitmq_url")
    with broker(settings, url) as made:
        yield made


@pytest.fixture
def redis_bus(settings) -> Iterator[Broker]:
    with broker(settings, os.environ["REDIS_URL"]) as made:
        yield made
