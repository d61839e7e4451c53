"""A frozen moment, an empty cache, and limits that are as they come."""

import datetime as dt

import pytest
from django.core.cache import cache

from paymenthub.kernel import clock
from payments.services import rates

NOON = dt.datetime(2031, 1, 1, 12, 0, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _at_noon():
    with clock.frozen(NOON):
        cache.clear()
        rates.pause.end()
        yield
        rates.pause.end()
        cache.clear()


@pytest.fixture
def cache_away(monkeypatch):
    """The cache fails whatever it is asked."""

    def away(*_, **__):
        raise ConnectionError("the cache is away")

    for name in ("incr", "add", "get", "set", "get_many", "delete_many"):
        monkeypatch.setattr(cache, name, away)
    return away
