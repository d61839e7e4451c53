"""Wait for something to happen, for so long and no longer."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], failure: str | Callable[[], str], *, seconds: float = 40.0) -> T:
    """Look again and again until there is something to see, and return it; fail with a text that says what was missing."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"After {seconds:.0f} s: {failure() if callable(failure) else failure}")
        time.sleep(0.02)
