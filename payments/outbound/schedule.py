"""When a callback that failed is tried again."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_PAUSES = (5, 30, 120, 600, 1800, 3600, 10800, 21600)  # seconds after the first, second, … failure
_LONGEST = _PAUSES[-1]
_JITTER = 0.2  # receivers that come back must not be met by all waiting callbacks in the same second


def next_try(
    *, failures: int, now: datetime, since: datetime, retry_for: float, retry_after: float | None = None
) -> datetime | None:
    """Return when to try again after that many failures; None once `retry_for` seconds since `since` are over.

    The last try is made when the time is just over. `retry_after` is what the receiver asked for, in seconds: it makes
    the pause longer, never shorter and never above the longest pause.
    """
    deadline = since + timedelta(seconds=retry_for)
    if now >= deadline:
        return None
    pause = _PAUSES[min(failures, len(_PAUSES)) - 1] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - jitter
    pause = min(max(pause, retry_after or 0.0), _LONGEST)
    return min(now + timedelta(seconds=pause), deadline)


def read_retry_after(value: str, *, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, None where it says nothing that can be read."""
    if value.isascii() and value.isdigit() and len(value) <= 9:
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
