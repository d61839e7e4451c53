"""When a mail that failed is tried again."""

import random
from datetime import datetime, timedelta

_PAUSES = (15, 60, 300, 900, 1800, 3600)  # seconds after the first, second, … failure: greylisting lasts some minutes
_JITTER = 0.2


def next_try(*, failures: int, now: datetime, since: datetime, retry_for: float) -> datetime | None:
    """Return when to try again after that many failures; None once `retry_for` seconds since `since` are over."""
    deadline = since + timedelta(seconds=retry_for)
    if now >= deadline:
        return None
    pause = _PAUSES[min(failures, len(_PAUSES)) - 1] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - jitter
    return min(now + timedelta(seconds=pause), deadline)
