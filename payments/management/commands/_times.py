"""Times on the command line."""

import datetime as dt

from django.core.management.base import CommandError
from django.utils.dateparse import parse_date, parse_datetime


def time_of(option: str, text: str) -> dt.datetime:
    """Read a time or a day, UTC unless it names an offset. Raises CommandError with an example."""
    try:
        time, day = parse_datetime(text), parse_date(text)
    except ValueError:
        time = day = None
    if time is None and day is not None:
        time = dt.datetime.combine(day, dt.time())
    if time is None:
        raise CommandError(f"{option} must be a time such as 2027-12-31T08:00 or a day such as 2027-12-31 (UTC).")
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)
