"""The one clock. Everything that asks for the time asks here, so that tests can set it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class _Setting:
    stopped_at: datetime | None = None
    stopped_monotonic: float = 0.0
    shift: timedelta = timedelta()


# A module variable and not a ContextVar: worker threads that a test starts must see the same time as the test.
_setting = _Setting()


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    setting = _setting
    return (setting.stopped_at or datetime.now(UTC)) + setting.shift


def monotonic() -> float:
    """Return seconds on a clock that never goes back; only differences mean anything."""
    setting = _setting
    start = time.monotonic() if setting.stopped_at is None else setting.stopped_monotonic
    return start + setting.shift.total_seconds()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Stop both clocks for tests, in every thread of the process; refuses a naive moment."""
    if at.tzinfo is None:
        raise ValueError("The clock can only be stopped at an aware moment.")
    with _set(_Setting(at.astimezone(UTC), time.monotonic())):
        yield


@contextmanager
def advanced(seconds: float) -> Iterator[None]:
    """Put both clocks forward for tests, in every thread; adds up when nested, also inside `frozen`."""
    with _set(replace(_setting, shift=_setting.shift + timedelta(seconds=seconds))):
        yield


@contextmanager
def _set(setting: _Setting) -> Iterator[None]:
    global _setting
    before, _setting = _setting, setting
    try:
        yield
    finally:
        _setting = before
