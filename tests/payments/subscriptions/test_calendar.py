"""The dates, for every anchor day, ten years and five zones: kept, in order, each with exactly one moment."""

import calendar as std
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from payments.domain.calendar import local_date, moment, nth, steps_until
from providers.types import Interval

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Rome", "America/New_York", "Asia/Kolkata", "Pacific/Apia")]
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2033, 12, 31))
COUNTS = st.integers(1, 24)
TIMES = st.times().map(lambda time: time.replace(microsecond=0))
"""2024 to 2033 hold leap years, and every change of the clock that these zones know."""


@pytest.mark.parametrize("day", range(1, 32))
@pytest.mark.parametrize("year", range(2024, 2034))
def test_s38_each_month_has_the_anchor_day_or_its_own_last_one(year, day):
    start = dt.date(year, 1, day)
    for n in range(121):
        found = nth(start, n, interval=Interval.MONTH, count=1)
        last = std.monthrange(found.year, found.month)[1]
        assert (found.year * 12 + found.month - 1) - (year * 12) == n
        assert found.day == min(day, last)


@given(DAYS, st.integers(0, 400), COUNTS, st.sampled_from([Interval.MONTH, Interval.YEAR]))
def test_months_and_years_are_those_of_another_library(start, n, count, interval):
    unit = "months" if interval is Interval.MONTH else "years"
    if start.year + n * count * (1 if unit == "years" else 0) + n * count // 12 > 9000:
        return
    assert nth(start, n, interval=interval, count=count) == start + relativedelta(**{unit: n * count})


@given(DAYS, st.integers(0, 400), COUNTS, st.sampled_from(list(Interval)))
def test_each_date_comes_after_the_one_before(start, n, count, interval):
    if interval is Interval.YEAR and n * count > 5000:
        return
    assert nth(start, n, interval=interval, count=count) < nth(start, n + 1, interval=interval, count=count)


@given(DAYS, st.integers(1, 31), st.integers(0, 200), COUNTS)
def test_a_start_in_a_short_month_does_not_lose_the_day_agreed(start, anchor_day, n, count):
    found = nth(start, n, interval=Interval.MONTH, count=count, anchor_day=anchor_day)
    assert found.day == min(anchor_day, std.monthrange(found.year, found.month)[1])


@given(DAYS, st.integers(0, 4000), COUNTS, st.sampled_from(list(Interval)))
def test_the_steps_until_a_day_are_those_whose_dates_are_over(start, days, count, interval):
    today = start + dt.timedelta(days=days)
    n = steps_until(today, start, interval=interval, count=count)
    assert nth(start, n, interval=interval, count=count) <= today
    assert nth(start, n + 1, interval=interval, count=count) > today


def test_nothing_has_begun_before_the_start():
    today = dt.date(2027, 1, 30)
    assert steps_until(today, dt.date(2027, 1, 31), interval=Interval.MONTH, count=1) == -1


@given(DAYS, TIMES, st.sampled_from(ZONES))
def test_s39_a_date_has_one_moment_and_it_lies_on_that_date(on, at, zone):
    found = moment(on, at, zone)
    assert found.tzinfo is dt.UTC
    if zone.key != "Pacific/Apia" or on != dt.date(2011, 12, 30):
        assert local_date(found, zone) in (on, on + dt.timedelta(days=1))
    assert moment(on, at, zone) == found


@given(DAYS, TIMES, st.sampled_from(ZONES))
def test_s39_the_moments_of_two_days_never_fall_together_or_change_places(on, at, zone):
    assert moment(on, at, zone) < moment(on + dt.timedelta(days=1), at, zone)


@pytest.mark.parametrize(
    ("on", "at", "expected"),
    [
        (dt.date(2027, 3, 28), dt.time(2, 30), "2027-03-28T01:30:00+00:00"),  # no such time in Rome: 03:30 of summer
        (dt.date(2027, 10, 31), dt.time(2, 30), "2027-10-31T00:30:00+00:00"),  # twice: the first
        (dt.date(2027, 7, 1), dt.time(2, 30), "2027-07-01T00:30:00+00:00"),
    ],
)
def test_s39_a_gap_is_jumped_over_and_an_overlap_counts_once(on, at, expected):
    assert moment(on, at, ZoneInfo("Europe/Rome")).isoformat() == expected
