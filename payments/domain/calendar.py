"""The dates of a subscription: plain date arithmetic in the project's zone, each counted from the anchor.

The n-th date is never made of the one before, so that 31 January, 28 February, 31 March keeps the 31st. A date becomes a
moment only here: in a gap of the clock the moment after it, in an overlap the first of the two.
"""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

from providers.types import Interval

_MONTHS = {Interval.MONTH: 1, Interval.YEAR: 12}
_DAYS = {Interval.DAY: 1, Interval.WEEK: 7}


def nth(start: dt.date, n: int, *, interval: Interval, count: int, anchor_day: int | None = None) -> dt.date:
    """Return the date `n` steps of `count` intervals after `start`; `anchor_day` (default: start's own) is kept.

    Raises OverflowError beyond the year 9999.
    """
    if interval in _DAYS:
        return start + dt.timedelta(days=n * count * _DAYS[interval])
    months = start.month - 1 + n * count * _MONTHS[interval]
    year, month = start.year + months // 12, months % 12 + 1
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise OverflowError("date value out of range")
    day = min(anchor_day or start.day, calendar.monthrange(year, month)[1])
    return dt.date(year, month, day)


def moment(on: dt.date, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Return the moment (UTC) of a wall-clock time on a date in a zone; each date has exactly one."""
    local = dt.datetime.combine(on, at.replace(tzinfo=None, fold=0), tzinfo=zone)
    # Python reads a time inside a gap with the offset before it, which lands behind the gap: what is wanted.
    return local.astimezone(dt.UTC)


def local_date(at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the date that a moment has in a zone."""
    return at.astimezone(zone).date()


def steps_until(
    today: dt.date, start: dt.date, *, interval: Interval, count: int, anchor_day: int | None = None
) -> int:
    """Return the largest n whose date is not after `today`; -1 where already `start` is."""
    if today < start:
        return -1
    if interval in _DAYS:
        return (today - start).days // (count * _DAYS[interval])
    months = (today.year - start.year) * 12 + today.month - start.month
    n = months // (count * _MONTHS[interval])
    while n > 0 and nth(start, n, interval=interval, count=count, anchor_day=anchor_day) > today:
        n -= 1
    return n
