"""When a subscription is charged: the date and the moment of each of its periods."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from providers.types import Interval

from . import calendar


@dataclass(frozen=True, slots=True)
class Terms:
    """A rhythm: period `anchor_period` begins on `anchor_on`, each later one `count` intervals after the one before."""

    anchor_on: dt.date
    anchor_day: int
    anchor_period: int
    interval: Interval
    count: int
    renew_time: dt.time
    zone: ZoneInfo

    def date_of(self, period: int) -> dt.date:
        """Return the date of a period, counted from the anchor. Raises OverflowError beyond the year 9999."""
        steps = period - self.anchor_period
        return calendar.nth(self.anchor_on, steps, interval=self.interval, count=self.count, anchor_day=self.anchor_day)

    def latest(self, today: dt.date) -> int:
        """Return the number of the last period whose date is not after `today`; one before the first where none is."""
        steps = calendar.steps_until(
            today, self.anchor_on, interval=self.interval, count=self.count, anchor_day=self.anchor_day
        )
        return self.anchor_period + steps

    def due_at(self, on: dt.date) -> dt.datetime:
        """Return the one moment (UTC) at which something is due on a date."""
        return calendar.moment(on, self.renew_time, self.zone)

    def today(self, now: dt.datetime) -> dt.date:
        """Return the date that it is where the subscription's dates are."""
        return calendar.local_date(now, self.zone)
