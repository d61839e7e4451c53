"""When a callback is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from payments.outbound.schedule import next_try, read_retry_after

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
THREE_DAYS = 259200


@pytest.mark.parametrize(
    ("failures", "pause"),
    [(1, 5), (2, 30), (3, 120), (4, 600), (5, 1800), (6, 3600), (7, 10800)],
)
def test_pauses_grow_with_a_fifth_of_jitter(failures, pause):
    found = {next_try(failures=failures, now=NOW, since=NOW, retry_for=THREE_DAYS) for _ in range(50)}
    assert all(timedelta(seconds=pause * 0.8) <= moment - NOW <= timedelta(seconds=pause * 1.2) for moment in found)
    assert len(found) > 1


@pytest.mark.parametrize("failures", [8, 9, 100])
def test_no_pause_is_above_six_hours(failures):
    for _ in range(50):
        pause = next_try(failures=failures, now=NOW, since=NOW, retry_for=THREE_DAYS) - NOW
        assert timedelta(hours=4.8) <= pause <= timedelta(hours=6)


def test_the_last_try_is_at_the_end_and_then_it_is_over():
    since = NOW - timedelta(seconds=THREE_DAYS - 10)
    end = NOW + timedelta(seconds=10)
    assert next_try(failures=20, now=NOW, since=since, retry_for=THREE_DAYS) == end
    assert next_try(failures=21, now=end, since=since, retry_for=THREE_DAYS) is None


def test_the_receiver_may_ask_for_a_longer_pause_within_bounds():
    def asked(seconds: float) -> timedelta:
        return next_try(failures=1, now=NOW, since=NOW, retry_for=THREE_DAYS, retry_after=seconds) - NOW

    assert asked(900) == timedelta(seconds=900)
    assert asked(0) >= timedelta(seconds=4)
    assert asked(10**9) == timedelta(hours=6)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 12:02:00 GMT", 120.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("9" * 400, None),
        ("Thu, 99 Jan 2026 12:02:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value, seconds):
    assert read_retry_after(value, now=NOW) == seconds
