"""When demo payments are made: a shop's growth, its weeks, its Decembers and its evenings."""

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from typing import Final

_WEEK: Final = (0.94, 0.9, 0.95, 1.0, 1.18, 1.25, 0.78)
_MONTH: Final = (0.88, 0.84, 0.93, 0.95, 0.98, 0.96, 0.92, 0.78, 0.99, 1.04, 1.3, 1.42)
_HOURS: Final = (6, 3, 2, 1, 1, 2, 5, 11, 20, 29, 34, 36, 38, 35, 33, 33, 35, 39, 45, 54, 58, 47, 29, 14)
_DAYS: Final = 730
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
QUIET_MS: Final = 8 * _HOUR_MS
"""How long before the end the last payment is made, so that all that follows from it is over as well."""


def moments(dice: random.Random, number: int, until: dt.date) -> Iterator[int]:
    """Yield `number` moments of the two years before midnight (UTC) of `until`, in their order, in milliseconds."""
    first = until - dt.timedelta(days=_DAYS)
    days = [first + dt.timedelta(days=index) for index in range(_DAYS)]
    weights = [_weight(dice, day, index) for index, day in enumerate(days)]
    total = sum(weights)
    ends = [reached / total for reached in itertools.accumulate(weights)]
    hours = list(itertools.accumulate(_HOURS))
    start = int(dt.datetime.combine(first, dt.time(), dt.UTC).timestamp() * 1000)
    made = 0
    for index, end in enumerate(ends):
        wanted = number if index == _DAYS - 1 else round(number * end)
        hour_of = dice.choices(range(24), cum_weights=hours, k=max(0, wanted - made))
        day = start + index * _DAY_MS
        share = 1 - QUIET_MS / _DAY_MS if index == _DAYS - 1 else 1.0
        yield from sorted(day + int((hour * _HOUR_MS + dice.randrange(_HOUR_MS)) * share) for hour in hour_of)
        made = max(made, wanted)


def _weight(dice: random.Random, day: dt.date, index: int) -> float:
    growth = 0.6 + 0.8 * index / _DAYS
    return growth * _WEEK[day.weekday()] * _MONTH[day.month - 1] * dice.uniform(0.88, 1.12)
