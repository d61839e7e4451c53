"""What the breakers of all processes share: a few keys per provider account in the cache, which forget by themselves."""

import datetime as dt
import uuid

from django.core.cache import cache
from pybreaker import STATE_CLOSED, CircuitBreakerStorage

from paymenthub.kernel import clock
from payments.selectors.breakers import prefix_of

_KEPT = 3600  # seconds; without calls for so long nothing is known about a PSP any more


def state_key(account_id: uuid.UUID) -> str:
    """Name the cache's key of an account's state."""
    return prefix_of(account_id) + "state"


class SharedState(CircuitBreakerStorage):
    """The library's storage over Django's cache. Raises what the cache client raises."""

    # The library's own Redis storage swallows each error with a traceback, so that a server that hangs costs every call
    # several timeouts, and its keys stay for ever.

    def __init__(self, account_id: uuid.UUID) -> None:
        super().__init__(account_id.hex)
        self._prefix = prefix_of(account_id)

    @property
    def state(self) -> str:
        """Say `closed`, `open` or `half-open`."""
        return str(cache.get(self._prefix + "state") or STATE_CLOSED)

    @state.setter
    def state(self, state: str) -> None:
        cache.set(self._prefix + "state", state, _KEPT)

    @property
    def counter(self) -> int:
        """Count the failures since the last success."""
        return int(cache.get(self._prefix + "failures") or 0)

    def increment_counter(self) -> None:
        """Count one failure, whoever else counts at the same moment."""
        cache.add(self._prefix + "failures", 0, _KEPT)
        cache.incr(self._prefix + "failures")

    def reset_counter(self) -> None:
        """Forget the failures."""
        cache.delete(self._prefix + "failures")

    @property
    def success_counter(self) -> int:
        """Count the answers since a trial began."""
        return int(cache.get(self._prefix + "successes") or 0)

    def increment_success_counter(self) -> None:
        """Count one answer."""
        cache.add(self._prefix + "successes", 0, _KEPT)
        cache.incr(self._prefix + "successes")

    def reset_success_counter(self) -> None:
        """Forget the answers."""
        cache.delete(self._prefix + "successes")

    @property
    def opened_at(self) -> dt.datetime | None:
        """When it opened last."""
        at: float | None = cache.get(self._prefix + "opened_at")
        return None if at is None else dt.datetime.fromtimestamp(at, dt.UTC)

    @opened_at.setter
    def opened_at(self, datetime: dt.datetime) -> None:
        # The hub has one clock, and the library brings another.
        cache.set(self._prefix + "opened_at", clock.now().timestamp(), _KEPT)

    def take_trial(self, seconds: float) -> bool:
        """Take the one place of a trial call; the place of a process that died is free after so many seconds."""
        return bool(cache.add(self._prefix + "trial", 1, seconds))

    def end_trial(self) -> None:
        """Give the place back."""
        cache.delete(self._prefix + "trial")
