"""Which provider accounts nothing new is sent to at the moment, read for many of them at once."""

import datetime as dt
import logging
import uuid
from collections.abc import Collection

from django.conf import settings
from django.core.cache import cache
from pybreaker import STATE_OPEN

from paymenthub.kernel import clock

logger = logging.getLogger(__name__)

_CACHE_LEFT_ALONE = 10.0
"""Seconds for which a cache that did not answer is not asked again by this process."""
_cache_away_until = 0.0  # monotonic


def prefix_of(account_id: uuid.UUID) -> str:
    """Return what the cache's keys about an account's breaker begin with."""
    return f"breaker:{account_id.hex}:"


def down(account_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return those whose breaker is open and may not be tried yet, in one question; none where the cache is away."""
    global _cache_away_until
    if not account_ids or not settings.BREAKER_FAILURES or clock.monotonic() < _cache_away_until:
        return frozenset()
    keys = [prefix_of(pk) + name for pk in account_ids for name in ("state", "opened_at")]
    try:
        found = cache.get_many(keys)
    except Exception as error:  # noqa: BLE001 - any client error: the methods can be offered all the same
        _cache_away_until = clock.monotonic() + _CACHE_LEFT_ALONE
        logger.warning("the breakers' state is away; they count as closed", extra={"cause": type(error).__name__})
        return frozenset()
    since = (clock.now() - dt.timedelta(seconds=settings.BREAKER_PAUSE)).timestamp()
    return frozenset(
        pk
        for pk in account_ids
        if found.get(prefix_of(pk) + "state") == STATE_OPEN and found.get(prefix_of(pk) + "opened_at", 0.0) > since
    )
