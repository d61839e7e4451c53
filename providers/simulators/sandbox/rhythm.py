"""Reckon when a subscription charges: by the calendar of its time zone, from the day and hour of its first charge."""

import calendar
import datetime
import zoneinfo

from .errors import invalid

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def zone(name: str) -> zoneinfo.ZoneInfo:
    """Return a time zone; `ApiError` 400 where there is none of that name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid("time_zone must be a name such as Europe/Rome.", "invalid_time_zone") from None


def moment(anchor: float, time_zone: str, interval: str, count: int, steps: int) -> float:
    """Return when the charge `steps` intervals after the anchor is due.

    The anchor's day is kept: the 31st is the last day of a short month, and the 31st again where there is one.
    """
    place = zone(time_zone)
    first = datetime.datetime.fromtimestamp(anchor, place).replace(tzinfo=None)
    if interval in _DAYS:
        local = first + datetime.timedelta(days=_DAYS[interval] * count * steps)
    else:
        years, month = divmod(first.year * 12 + first.month - 1 + _MONTHS[interval] * count * steps, 12)
        day = min(first.day, calendar.monthrange(years, month + 1)[1])
        local = first.replace(year=years, month=month + 1, day=day)
    return local.replace(tzinfo=place).timestamp()
