"""So many things in a window of time, counted for all processes in the shared cache.

A cache that fails counts nothing, and is left alone for a while: limits must not stop payments.
"""

import hashlib
import logging
import math
import threading
from functools import cache as remembered

from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

from paymenthub.kernel import clock
from paymenthub.kernel.errors import RateLimited

logger = logging.getLogger(__name__)

_PERIODS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}
_PAUSE_AFTER_FAILURE = 15.0  # seconds in which a cache that failed is not asked again


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


@remembered
def parse(text: str) -> tuple[int, int]:
    """Read `600/min` as (times, seconds); `off` is no limit. Raises ImproperlyConfigured."""
    if text in ("", "off"):
        return 0, 0
    number, _, period = text.partition("/")
    if not number.isdecimal() or int(number) < 1 or period not in _PERIODS:
        raise ImproperlyConfigured(f"A rate must read like 600/min (sec, min, hour, day), not {text!r}.")
    return int(number), _PERIODS[period]


def count(key: str, seconds: int) -> int | None:
    """Add one and return the sum; None where the cache does not answer. The sum is forgotten after so many seconds."""
    if pause.holds():
        return None
    try:
        try:
            return int(cache.incr(key))
        except ValueError:  # nobody has counted in this window yet
            cache.add(key, 0, seconds + 1)
            return int(cache.incr(key))
    except Exception as error:  # noqa: BLE001 - whatever the client raises
        failed(error)
        return None


def failed(error: Exception) -> None:
    """Note that the cache failed."""
    pause.begin()
    logger.warning("requests are not counted: the cache failed", extra={"cause": type(error).__name__})


def limit(rate: str, what: str, subject: str, message: str) -> None:
    """Count one thing of one subject. Raises RateLimited, with the seconds until the window ends, above the rate."""
    most, seconds = parse(rate)
    if not most:
        return
    now = clock.now().timestamp()
    window = int(now // seconds)
    counted = count(f"rate:{what}:{digest(subject)}:{window}", seconds)
    if counted is not None and counted > most:
        raise RateLimited(message, retry_after=max(1, math.ceil((window + 1) * seconds - now)))


def digest(text: str) -> str:
    """Shorten a text to what a cache key may hold."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
