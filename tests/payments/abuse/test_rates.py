"""S63: how often one address, link and payment may be tried, and what happens without the cache."""

import datetime as dt
import threading

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client

from paymenthub.kernel import clock
from paymenthub.kernel.errors import RateLimited
from payments.models import Payment
from payments.services import rates
from payments.services.abuse import guard_choose, guard_keyless, guard_open
from tests.concurrency.race import errors_in, together
from tests.payments.abuse.conftest import NOON

HOME, OFFICE = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def payment(project):
    return Payment(project=project, mode="test", amount=1299, currency="EUR")


def refused(function, *arguments, **named) -> int | None:
    try:
        function(*arguments, **named)
    except RateLimited as error:
        return error.retry_after
    return None


def test_s63_one_address_opens_only_so_many_pages(settings):
    settings.CHECKOUT_RATE_PER_IP = "2/min"
    assert [refused(guard_open, HOME, "page") for _ in range(3)] == [None, None, 60]
    assert refused(guard_open, OFFICE, "page") is None
    with clock.frozen(NOON + dt.timedelta(seconds=45)):
        assert refused(guard_open, HOME, "page") == 15
    with clock.frozen(NOON + dt.timedelta(seconds=60)):
        assert refused(guard_open, HOME, "page") is None


def test_s63_one_network_of_ipv6_is_one_customer(settings):
    settings.CHECKOUT_RATE_PER_IP = "1/min"
    assert refused(guard_open, "2001:db8::1", "page") is None
    assert refused(guard_open, "2001:db8::ffff", "page") == 60
    assert refused(guard_open, "2001:db8:0:1::1", "page") is None


def test_s63_one_link_is_opened_only_so_often_whoever_opens_it(settings):
    settings.CHECKOUT_RATE_PER_LINK = "1/hour"
    assert refused(guard_open, HOME, "link", link="a") is None
    assert refused(guard_open, OFFICE, "link", link="a") == 3600
    assert refused(guard_open, OFFICE, "link", link="b") is None


@pytest.mark.django_db
def test_s63_one_payment_is_tried_only_so_often(settings, payment):
    settings.CHECKOUT_TRIES_PER_PAYMENT = "2/min"
    addresses = [HOME, OFFICE, "192.0.2.1"]
    assert [refused(guard_choose, payment, address) for address in addresses] == [None, None, 60]


@pytest.mark.django_db
def test_s63_one_address_tries_only_so_many_payments(settings, payment, project):
    settings.CHECKOUT_TRIES_PER_IP = "1/min"
    other = Payment(project=project, mode="test", amount=1, currency="EUR")
    assert refused(guard_choose, payment, HOME) is None
    assert refused(guard_choose, other, HOME) == 60
    assert refused(guard_choose, other, OFFICE) is None


@pytest.mark.django_db
def test_customers_whose_address_nobody_knows_are_not_counted_as_one(settings, payment):
    settings.CHECKOUT_TRIES_PER_IP = settings.CHECKOUT_RATE_PER_IP = "1/min"
    assert [refused(guard_open, "", "page") for _ in range(3)] == [None] * 3
    assert [refused(guard_choose, payment, "") for _ in range(3)] == [None] * 3


@pytest.mark.django_db
def test_s63_without_the_cache_everybody_gets_in(settings, payment, cache_away):
    settings.CHECKOUT_TRIES_PER_IP = settings.CHECKOUT_RATE_PER_IP = settings.CHECKOUT_TRIES_PER_PAYMENT = "1/min"
    assert [refused(guard_open, HOME, "page") for _ in range(3)] == [None] * 3
    assert [refused(guard_choose, payment, HOME) for _ in range(3)] == [None] * 3
    assert rates.pause.holds()


@pytest.mark.parametrize(
    "setting", ["CHECKOUT_RATE_PER_IP", "CHECKOUT_RATE_PER_LINK", "CHECKOUT_TRIES_PER_IP", "CHECKOUT_TRIES_PER_PAYMENT"]
)
@pytest.mark.django_db
def test_each_limit_can_be_switched_off(settings, payment, setting):
    setattr(settings, setting, "off")
    for _ in range(5):
        assert refused(guard_open, HOME, "link", link="a") is None
        assert refused(guard_choose, payment, HOME) is None


def test_s63_of_many_at_once_exactly_as_many_get_in_as_may(settings):
    settings.CHECKOUT_RATE_PER_IP = "5/min"

    def knock():
        with clock.frozen(NOON):
            guard_open(HOME, "page")

    assert len(errors_in(together(*[knock] * 12))) == 7


def test_control_a_count_that_is_read_and_then_written_lets_more_in(settings, monkeypatch):
    """Without the cache's own counting, the race above is lost."""
    settings.CHECKOUT_RATE_PER_IP = "5/min"
    meeting = threading.Barrier(12)

    def read_then_write(_, key, delta=1, version=None):
        value = cache.get(key, 0)
        meeting.wait(20)
        cache.set(key, value + 1)
        return value + 1

    monkeypatch.setattr(LocMemCache, "incr", read_then_write)
    assert errors_in(together(*[lambda: guard_open(HOME, "page")] * 12)) == []


@pytest.mark.django_db
def test_s63_calls_without_a_valid_key_are_counted_by_address(settings):
    settings.KEYLESS_RATE_PER_IP = "2/min"
    settings.TRUSTED_PROXIES = ["127.0.0.1"]

    def knock(address, **headers):
        return Client().get("/v1/payments", headers=headers, HTTP_X_FORWARDED_FOR=address)

    told = [knock(HOME), knock(HOME, secret="phk_test_guess"), knock(HOME)]
    assert [each.status_code for each in told] == [401, 401, 429]
    assert told[-1]["Retry-After"] == "60"
    assert knock(OFFICE).status_code == 401


def test_keyless_calls_of_nobody_known_are_let_in(settings):
    settings.KEYLESS_RATE_PER_IP = "1/min"
    assert [refused(guard_keyless, "") for _ in range(3)] == [None] * 3
