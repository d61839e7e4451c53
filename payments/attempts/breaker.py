"""A breaker per provider account: while its PSP is down nothing new is sent, so that nobody waits for nothing.

It only keeps calls from beginning. What was begun is never failed by it. The state is shared by all processes; where
the cache is away, the breaker is closed.
"""

import contextlib
import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.conf import settings
from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerListener

from paymenthub.kernel import clock
from paymenthub.kernel.errors import ProviderUnavailable
from paymenthub.kernel.http import Exchange
from payments.domain.verdict import NoAnswer, Trouble
from providers.errors import NO_REFERENCE

from ._breaker_state import SharedState

logger = logging.getLogger(__name__)

T = TypeVar("T")

_CACHE_LEFT_ALONE = 10.0
"""Seconds for which a cache that did not answer is not asked again by this process."""
_cache_away_until = 0.0  # monotonic


@contextmanager
def admitted(account_id: uuid.UUID) -> Iterator[None]:
    """Let a call begin. Raises ProviderUnavailable, with nothing stored and nothing sent, while the breaker is open.

    After BREAKER_PAUSE one call at a time is let through to try the PSP; what `record` is told of it decides.
    """
    state = SharedState(account_id)
    is_trial = False
    if not _shared(lambda: state.state == STATE_CLOSED, True):
        is_trial = _shared(lambda: _begin_trial(state), False)
        if not is_trial and not _is_blind():
            raise ProviderUnavailable(
                "The provider does not answer at the moment. Nothing was sent; try again shortly."
            )
    try:
        yield
    finally:
        if is_trial:
            _shared(state.end_trial, None)


def is_open(account_id: uuid.UUID) -> bool:
    """Tell whether the account's PSP is known to be down and not to be tried yet. Takes nobody's place."""
    state = SharedState(account_id)
    return _shared(lambda: state.state == STATE_OPEN and _is_pausing(state), False)


def record(account_id: uuid.UUID, *, answered: bool) -> None:
    """Count what a call came to. What began before the breaker opened says nothing any more."""
    _shared(lambda: _record(SharedState(account_id), answered), None)


def has_answered(news: object, exchanges: Sequence[Exchange]) -> bool | None:
    """Tell whether the PSP was there: an answer of whatever content, down to a 4xx; None where nothing can be said."""
    if not isinstance(news, NoAnswer) or news.trouble in (Trouble.REJECTED, Trouble.CREDENTIALS):
        return True
    if news.code == NO_REFERENCE:
        return None
    status = exchanges[-1].status if exchanges else None
    # A 429 is neither: it is there, and it cannot take what is asked.
    return False if status is None or status >= 500 else None


def _begin_trial(state: SharedState) -> bool:
    if _is_pausing(state) or not state.take_trial(settings.ATTEMPT_LEASE):
        return False
    if state.state == STATE_OPEN:
        _machine(state).half_open()
    return True


def _is_pausing(state: SharedState) -> bool:
    opened_at = state.opened_at
    if opened_at is None or state.state != STATE_OPEN:
        return False
    return clock.now() < opened_at + dt.timedelta(seconds=settings.BREAKER_PAUSE)


def _record(state: SharedState, answered: bool) -> None:
    now = state.state
    if now == STATE_OPEN or (answered and now == STATE_CLOSED and not state.counter):
        return
    # The library runs the call under a lock of its own, one after the other: it is told of results only.
    with contextlib.suppress(_Failed):
        _machine(state).call(_answer if answered else _fail)


def _machine(state: SharedState) -> CircuitBreaker:
    return CircuitBreaker(
        fail_max=settings.BREAKER_FAILURES,
        reset_timeout=settings.BREAKER_PAUSE,
        state_storage=state,
        listeners=[_Told()],
        name=state.name,
        throw_new_error_on_trip=False,
    )


class _Failed(Exception):
    """Stand for a call that failed."""


def _answer() -> None:
    """Stand for a call that was answered."""


def _fail() -> None:
    raise _Failed


class _Told(CircuitBreakerListener):
    def state_change(self, cb: CircuitBreaker, old_state: Any, new_state: Any) -> None:
        logger.warning(
            "the breaker of a provider account is %s",
            new_state.name,
            extra={"provider_account": str(uuid.UUID(cb.name))},
        )


def _shared(ask: Callable[[], T], otherwise: T) -> T:
    """Ask the shared state; a cache that is away is left alone for a while, and answers as if nothing were known."""
    global _cache_away_until
    if _is_blind():
        return otherwise
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - any client error: the payment itself can still be made
        _cache_away_until = clock.monotonic() + _CACHE_LEFT_ALONE
        logger.warning("the breakers' state is away; they count as closed", extra={"cause": type(error).__name__})
        return otherwise


def _is_blind() -> bool:
    return not settings.BREAKER_FAILURES or clock.monotonic() < _cache_away_until
