"""How often a key may call: so many requests in a window of time, for each key and path by itself."""

import hashlib
import logging
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache as remembered
from typing import Protocol

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from paymenthub.kernel import clock
from payments.selectors.api_keys import KeyIdentity

logger = logging.getLogger(__name__)

_PERIODS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}
_PAUSE_AFTER_FAILURE = 15.0  # seconds in which a cache that failed is not asked again


@dataclass(frozen=True, slots=True)
class Rate:
    """Where a caller stands: `limit` requests a window, `remaining` of them, `reset` seconds until the next window."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> Mapping[str, str]:
        """Write it as the IETF's RateLimit header fields."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class _View(Protocol):
    """A view, as far as it matters here: the framework's own class cannot be imported by a throttle it loads."""

    rate: Rate | None


class _Pause:
    """Remembers that the cache failed, so that not every request waits for it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._until = 0.0

    def holds(self) -> bool:
        """Tell whether the cache should be left alone now."""
        with self._guard:
            return clock.monotonic() < self._until

    def begin(self) -> None:
        """Leave it alone for a while."""
        with self._guard:
            self._until = clock.monotonic() + _PAUSE_AFTER_FAILURE

    def end(self) -> None:
        """Ask it again from now on."""
        with self._guard:
            self._until = 0.0


pause = _Pause()


class KeyAndPathThrottle(BaseThrottle):
    """Let API_RATE_LIMIT requests through in each window, for each API key and each path (its pattern, not its values).

    The count is shared by all processes. A cache that fails lets everybody in: limits must not stop payments.
    """

    setting = "API_RATE_LIMIT"

    def __init__(self) -> None:
        self._wait: int | None = None

    def allow_request(self, request: Request, view: _View) -> bool:  # type: ignore[override]
        """Count the request, and note on the view where its caller stands."""
        limit, seconds = parse(getattr(settings, self.setting))
        identity: object = request.auth
        if not limit or not isinstance(identity, KeyIdentity) or pause.holds():
            return True
        now = clock.now().timestamp()
        window = int(now // seconds)
        match = request.resolver_match
        count = _count(f"rate:{identity.key_id.hex}:{_digest(match.route if match else '')}:{window}", seconds)
        if count is None:
            return True
        reset = max(1, math.ceil((window + 1) * seconds - now))
        view.rate = Rate(limit, max(0, limit - count), reset)
        self._wait = reset
        return count <= limit

    def wait(self) -> int | None:
        """Return in how many seconds a refused caller may come back."""
        return self._wait


@remembered
def parse(text: str) -> tuple[int, int]:
    """Read `600/min` as (requests, seconds); `off` is no limit. Raises ImproperlyConfigured."""
    if text in ("", "off"):
        return 0, 0
    number, _, period = text.partition("/")
    if not number.isdecimal() or int(number) < 1 or period not in _PERIODS:
        raise ImproperlyConfigured(f"API_RATE_LIMIT must read like 600/min (sec, min, hour, day), not {text!r}.")
    return int(number), _PERIODS[period]


def _count(key: str, seconds: int) -> int | None:
    """Add one and return the sum; None where the cache does not answer."""
    try:
        try:
            return int(cache.incr(key))
        except ValueError:  # nobody has counted in this window yet
            cache.add(key, 0, seconds + 1)
            return int(cache.incr(key))
    except Exception as error:  # noqa: BLE001 - whatever the client raises
        pause.begin()
        logger.warning("requests are not counted: the cache failed", extra={"cause": type(error).__name__})
        return None


@remembered
def _digest(route: str) -> str:
    """Shorten a path's pattern to what a cache key may hold."""
    return hashlib.sha256(route.encode()).hexdigest()[:16]
