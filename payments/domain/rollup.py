"""The words of the rollups: what is counted of each day, and how times are grouped so that percentiles can be told."""

import calendar
import datetime as dt
from collections.abc import Mapping
from enum import StrEnum


class Facet(StrEnum):
    """By what the payments of a day are counted. Each of the first five counts every payment exactly once."""

    STATE = "state"
    PROVIDER = "provider"
    METHOD = "method"
    CHANNEL = "channel"
    TYPE = "type"
    ANSWER = "answer"  # tries by provider, and how each stands (`word`, one of Answer)
    DECLINE = "decline"  # declined tries by reason, and by whom (`word`, the provider)
    FINAL = "final"  # decided payments by the bucket of their time to the end, and how it ended (`word`)


class Answer(StrEnum):
    """How a try stands."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    GIVEN_UP = "given_up"  # the customer chose another method, or the session's time was over: nobody's decline
    FAILED = "failed"  # refused as wrong, or not sent
    OPEN = "open"


SUCCEEDED, ENDED = "succeeded", "ended"
"""How a decided payment ended: with money, or without."""

PAID = (1, 2)
"""The business states whose money counts as taken: paid, and partially refunded (the reference loses the second)."""
CREATED = 0
UNKNOWN = "unknown"
"""Written where a payment has no channel."""
LONGEST_KEY = 64

FIRST_BOUND, FACTOR, BOUNDS = 0.1, 1.5, 42
"""Times are grouped by bounds that grow by half: from 0.1 seconds to about 19 days. A percentile is right to a bucket."""


def bounds() -> list[float]:
    """Return the upper bounds of the buckets in seconds; bucket 0 ends at the first, the last has no end."""
    return [round(FIRST_BOUND * FACTOR**power, 4) for power in range(BOUNDS)]


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """Tell the time in seconds that `share` (0 to 1) of what was counted stayed within; None of nothing.

    Inside its bucket the time is taken as evenly spread. What lies beyond the last bound is told as that bound.
    """
    total = sum(counts.values())
    if not total:
        return None
    ends = bounds()
    wanted, before = share * total, 0
    for bucket in sorted(counts):
        if counts[bucket] and before + counts[bucket] >= wanted:
            if bucket >= len(ends):
                return ends[-1]
            start = ends[bucket - 1] if bucket else 0.0
            return start + (ends[bucket] - start) * max(0.0, wanted - before) / counts[bucket]
        before += counts[bucket]
    return ends[-1]


def years_away(day: dt.date, years: int) -> dt.date:
    """Move a day by years; 29 February becomes the 28th in a year that has none."""
    year = day.year + years
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))
