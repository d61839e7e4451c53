"""Periods of whole UTC days, and the period that each is compared with."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from payments.domain.rollup import years_away

_DAY = dt.timedelta(days=1)
LONGEST = 1830
"""Days of the longest period: five years."""


class Span(StrEnum):
    """The periods that are offered."""

    TODAY = "today"
    WEEK = "7d"
    MONTH = "30d"
    MTD = "mtd"
    YTD = "ytd"
    CUSTOM = "custom"


class Against(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"
    YEAR = "year"
    NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both of them in."""

    first: dt.date
    last: dt.date

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def days(self) -> Iterator[dt.date]:
        """Go through the days."""
        return (self.first + _DAY * number for number in range(self.length))


def period_of(span: Span, today: dt.date) -> Period:
    """Return the days of a span that is not custom."""
    first = {
        Span.TODAY: today,
        Span.WEEK: today - _DAY * 6,
        Span.MONTH: today - _DAY * 29,
        Span.MTD: today.replace(day=1),
        Span.YTD: today.replace(month=1, day=1),
    }[span]
    return Period(first, today)


def compared(span: Span, period: Period, against: Against) -> Period | None:
    """Return the days to compare with: of month and year to date the same days of the one before, else as many days before."""
    if against is Against.NOTHING:
        return None
    if against is Against.YEAR or span is Span.YTD:
        return Period(years_away(period.first, -1), years_away(period.last, -1))
    if span is Span.MTD:
        return Period(_month_before(period.first), _month_before(period.last))
    return Period(period.first - _DAY * period.length, period.first - _DAY)


def _month_before(day: dt.date) -> dt.date:
    before = day.replace(day=1) - _DAY
    return before.replace(day=min(day.day, before.day))
