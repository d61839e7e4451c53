"""A hub that a stranger knows only by its OpenAPI document."""

from collections.abc import Iterator

import pytest

from payments.api import throttling
from payments.selectors import api_keys

from .world import World, make_world


@pytest.fixture(autouse=True)
def _fresh(settings) -> Iterator[None]:
    settings.PROVIDER_DRIVERS = ["tests.api_product.psp.MoodyDriver"]
    settings.ENABLED_PROVIDERS = []
    settings.API_RATE_LIMIT = "off"
    settings.EMAIL_FROM = "Bottega Aurora <shop@aurora.example>"
    api_keys.forget()
    throttling.pause.end()
    yield
    api_keys.forget()


@pytest.fixture
def world(db: None) -> World:
    return make_world()
