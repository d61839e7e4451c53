"""One browser for all journeys, and the roles that the hub brings along."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from backoffice.services.sync_roles import sync_roles
from tests.checkout.customer import Customer, browsing

from .desk import Desks


@pytest.fixture(scope="session")
def browser_of() -> Iterator[Callable[..., Customer]]:
    with browsing() as make:
        yield make


@pytest.fixture
def desks(transactional_db: None, live_server: Any, browser_of: Callable[..., Customer]) -> Iterator[Desks]:
    cache.clear()
    sync_roles()
    made: list[Customer] = []

    def make(**options: Any) -> Customer:
        made.append(browser_of(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"} | options))
        return made[-1]

    yield Desks(live_server.url, make)
    for customer in made:
        customer.close()
