from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from paymenthub.kernel import clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_now_is_aware_in_utc_and_real():
    before = datetime.now(UTC)
    seen = clock.now()
    assert before <= seen <= datetime.now(UTC)
    assert seen.tzinfo is UTC


def test_monotonic_never_goes_back():
    assert clock.monotonic() <= clock.monotonic()


def test_frozen_stops_both_clocks_and_lets_them_go_after():
    with clock.frozen(NOON):
        assert (clock.now(), clock.now()) == (NOON, NOON)
        assert clock.monotonic() == clock.monotonic()
    assert clock.now() != NOON


def test_frozen_moment_is_given_in_utc():
    with clock.frozen(datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))):
        assert clock.now() == NOON
        assert clock.now().tzinfo is UTC


def test_frozen_refuses_a_naive_moment():
    with pytest.raises(ValueError, match="aware"):
        clock.frozen(NOON.replace(tzinfo=None)).__enter__()


def test_advanced_adds_up_inside_frozen():
    with clock.frozen(NOON):
        started = clock.monotonic()
        with clock.advanced(60), clock.advanced(1.5):
            assert clock.now() == NOON + timedelta(seconds=61.5)
            assert clock.monotonic() == pytest.approx(started + 61.5)
        assert clock.now() == NOON


def test_advanced_moves_the_running_clock():
    with clock.advanced(3600):
        assert timedelta(minutes=59) < clock.now() - datetime.now(UTC) <= timedelta(hours=1)


def test_other_threads_see_the_same_time():
    with clock.frozen(NOON), ThreadPoolExecutor(1) as pool:
        assert pool.submit(clock.now).result() == NOON


def test_the_clock_runs_again_after_an_error():
    with pytest.raises(KeyError), clock.frozen(NOON):
        raise KeyError
    assert clock.now() != NOON
