"""How often a key may call, and what it is told of that."""

import datetime as dt

import pytest
from django.core.exceptions import ImproperlyConfigured

from paymenthub.kernel import clock
from payments.services import rates
from payments.services.merchants import create_api_key

from .world import Operation, World, each, operations

# The marker has the test database made also where this file is run alone; the world stands around each test of it.
pytestmark = [pytest.mark.usefixtures("standing_world"), pytest.mark.django_db]
NOON = dt.datetime(2031, 1, 1, 12, 0, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def three_a_minute(settings):
    settings.API_RATE_LIMIT = settings.MAIL_RATE_LIMIT = "3/min"
    with clock.frozen(NOON + dt.timedelta(seconds=15)):
        rates.cache.clear()
        yield
    rates.cache.clear()


@pytest.fixture
def by_name() -> dict[str, Operation]:
    return {operation.described["operationId"]: operation for operation in operations()}


def headers(response) -> tuple[str | None, ...]:
    names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After")
    return tuple(response.headers.get(name) for name in names)


@pytest.mark.parametrize("operation", each(operations()))
def test_every_operation_counts_down_refuses_and_begins_again(world: World, operation):
    rates.cache.clear()
    told = [world.send(operation, world.key) for _ in range(4)]

    assert [response.status_code == 429 for response in told] == [False, False, False, True]
    gone = set() if operation.method == "delete" else {404}  # what was deleted is not there a second time
    assert {response.status_code for response in told}.isdisjoint({401, 403, 500} | gone)
    assert [headers(response) for response in told] == [
        ("3", "2", "45", None),
        ("3", "1", "45", None),
        ("3", "0", "45", None),
        ("3", "0", "45", "45"),
    ]
    body = told[-1].json()
    assert (body["code"], body["retryable"]) == ("rate_limited", True)
    with clock.frozen(NOON + dt.timedelta(seconds=60)):
        assert headers(world.send(operation, world.key)) == ("3", "2", "60", None)


def test_a_refused_call_does_nothing(world, by_name, django_assert_num_queries):
    for _ in range(3):
        world.send(by_name["status"], world.key)
    with django_assert_num_queries(0):
        assert world.send(by_name["status"], world.key).status_code == 429


def test_each_key_and_each_path_has_its_own_count(world, by_name):
    rates.cache.clear()
    second = create_api_key(project=world.ours, mode="test", scopes=["read"]).secret
    for _ in range(4):
        used_up = world.send(by_name["status"], world.key)

    assert used_up.status_code == 429
    assert headers(world.send(by_name["status"], second))[1] == "2"
    assert headers(world.send(by_name["check"], world.key))[1] == "2"


def test_another_value_in_the_path_is_no_other_path(world, by_name):
    rates.cache.clear()
    world.send(by_name["status"], world.key)
    world.known["provider"] = ["nobody"]
    refused = world.send(by_name["status"], world.key)
    assert (refused.status_code, headers(refused)[1]) == (404, "1")


def test_another_method_is_no_other_path(world, by_name):
    rates.cache.clear()
    status = by_name["status"]
    for method in ("put", "patch", "delete"):
        assert world.send(Operation(method, status.path, status.described), world.key).status_code == 405
    assert world.send(status, world.key).status_code == 429


def test_who_has_no_key_is_refused_for_that_and_counts_for_nobody(world, by_name):
    rates.cache.clear()
    for key in (None, "phk_test_wrong") * 3:
        refused = world.send(by_name["status"], key)
        assert (refused.status_code, headers(refused)) == (401, (None,) * 4)
    assert headers(world.send(by_name["status"], world.key))[1] == "2"


def test_without_a_limit_nothing_is_counted_or_told(world, by_name, settings):
    settings.API_RATE_LIMIT = settings.MAIL_RATE_LIMIT = "off"
    for _ in range(5):
        response = world.send(by_name["status"], world.key)
    assert (response.status_code, headers(response)) == (200, (None,) * 4)


def test_a_cache_that_fails_stops_nobody_and_is_left_alone_for_a_while(world, by_name, monkeypatch, caplog):
    asked = []

    def fail(key: str) -> int:
        asked.append(key)
        raise ConnectionError("no redis")

    monkeypatch.setattr(rates.cache, "incr", fail)
    for _ in range(5):
        response = world.send(by_name["status"], world.key)

    assert (response.status_code, headers(response)) == (200, (None,) * 4)
    assert len(asked) == 1
    assert "requests are not counted: the cache failed" in caplog.text
    with clock.advanced(16):
        world.send(by_name["status"], world.key)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("text", "means"),
    [("", (0, 0)), ("5/sec", (5, 1)), ("600/min", (600, 60)), ("9/hour", (9, 3600)), ("1/day", (1, 86400))],
)
def test_a_limit_is_read(text, means):
    assert rates.parse(text) == means


@pytest.mark.parametrize("text", ["600", "0/min", "-1/min", "x/min", "600/minute", "6.5/min", "600/min/min", "/"])
def test_a_limit_that_cannot_be_read_is_refused(text):
    with pytest.raises(ImproperlyConfigured, match="600/min"):
        rates.parse(text)
