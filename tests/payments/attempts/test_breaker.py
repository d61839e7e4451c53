"""A PSP that is down is left alone, by all processes, and nothing fails because of it."""

import contextlib
import os
import subprocess
import sys

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import ProviderUnavailable
from paymenthub.kernel.http import Exchange
from payments.attempts import breaker, reconcile
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import Attempt, CaptureMode, Payment, Refund, Source
from payments.services.capture import CaptureCommand, capture
from payments.services.expire_due import expire_payment
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.status import read_status
from providers.errors import AuthFailed, OutcomeUnknown, Rejected, Unavailable
from providers.types import Outcome
from tests import factories
from tests.concurrency.race import together
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shared(settings, monkeypatch):
    """The breaker over a real server of the Redis protocol, as in production."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["REDIS_URL"],
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
    }
    settings.BREAKER_FAILURES, settings.BREAKER_PAUSE = 3, 30.0
    monkeypatch.setattr(breaker, "_cache_away_until", 0.0)
    yield
    cache.close()


def fail(account, times=3) -> None:
    for _ in range(times):
        breaker.record(account.id, answered=False)


def try_to_pay(project) -> None:
    """Send a pay that may not reach the PSP."""
    with contextlib.suppress(ProviderUnavailable):
        pay(factories.pay_command(project))


def passes(account) -> bool:
    try:
        with breaker.admitted(account.id):
            return True
    except ProviderUnavailable:
        return False


@pytest.mark.parametrize("trouble", [Unavailable("refused"), OutcomeUnknown("read timeout")])
def test_s35_after_so_many_failures_a_pay_is_refused_with_nothing_stored_and_nothing_sent(
    project, account, script, trouble
):
    script.pay = [trouble]
    for _ in range(3):
        try_to_pay(project)
    before = Payment.objects.count()

    with pytest.raises(ProviderUnavailable) as error:
        pay(factories.pay_command(project))

    assert (error.value.status, error.value.code, error.value.retryable) == (503, "provider_unavailable", True)
    assert (Payment.objects.count(), script.count("pay")) == (before, 3)
    assert not Payment.objects.filter(state="PAYMENT_FAILED").exists()


@pytest.mark.parametrize(
    "answer", [payment(Outcome.DECLINED), payment(Outcome.SUCCEEDED), Rejected("no"), AuthFailed("who?")]
)
def test_a_psp_that_answers_is_there_whatever_it_says(project, account, script, answer):
    script.pay = [Unavailable("down"), Unavailable("down"), answer, Unavailable("down")]

    for _ in range(5):
        try_to_pay(project)

    assert not breaker.is_open(account.id)
    assert script.count("pay") == 5


def test_a_capture_is_refused_too_and_the_held_money_stays_held(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    held = pay(factories.pay_command(project, capture_mode=CaptureMode.MANUAL)).payment
    fail(account)

    with pytest.raises(ProviderUnavailable):
        capture(CaptureCommand(held), By())

    held.refresh_from_db()
    assert (held.state, held.authorized, held.captured) == ("PAYMENT_AUTHORIZED", 1299, 0)
    assert (held.attempts.count(), Refund.objects.count(), script.count("capture")) == (1, 0, 0)


def test_another_account_of_the_same_psp_goes_on(project, account, script):
    other = factories.make_account(project, name="second", is_default=False)
    script.pay = [payment(Outcome.SUCCEEDED)]
    fail(account)

    assert (passes(account), passes(other)) == (False, True)
    assert pay(factories.pay_command(project, account_name="second")).result == "OK"


def test_after_the_pause_one_call_tries_the_psp_and_closes_the_breaker(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    fail(account)

    with clock.advanced(29):
        before = passes(account)
    with clock.advanced(31):
        with breaker.admitted(account.id):
            meanwhile = passes(account)
        assert pay(factories.pay_command(project)).result == "OK"
        after = [passes(account), passes(account)]

    assert (before, meanwhile, after) == (False, False, [True, True])


def test_a_trial_that_fails_opens_it_for_another_pause(project, account, script):
    script.pay = [Unavailable("still down")]
    fail(account)

    with clock.advanced(31):
        try_to_pay(project)
        assert script.count("pay") == 1
        assert not passes(account)
        with clock.advanced(29):
            assert not passes(account)
        with clock.advanced(31):
            assert passes(account)


def test_a_trial_that_asked_nobody_or_whose_process_died_leaves_its_place_to_the_next(account, settings):
    fail(account)
    with clock.advanced(31):
        assert (passes(account), passes(account)) == (True, True)
        breaker.SharedState(account.id).take_trial(60)  # nobody gives it back
        assert not passes(account)
        cache.touch(f"breaker:{account.id.hex}:trial", 0)
        assert passes(account)


def test_of_many_that_try_at_the_same_moment_one_gets_through(account):
    fail(account)
    inside = []

    def attempt() -> bool:
        try:
            with breaker.admitted(account.id):
                inside.append(1)
                while len(inside) + len(outside) < 8:
                    pass
                return True
        except ProviderUnavailable:
            outside.append(1)
            return False

    outside: list[int] = []
    with clock.advanced(31):
        assert sorted(together(*[attempt] * 8)) == [False] * 7 + [True]


def test_failures_that_many_threads_count_at_once_are_all_counted(account, settings):
    settings.BREAKER_FAILURES = 16
    together(*[lambda: breaker.record(account.id, answered=False)] * 15)
    assert not breaker.is_open(account.id)
    breaker.record(account.id, answered=False)
    assert breaker.is_open(account.id)


def test_another_process_sees_it_open(account):
    script = (
        "import django, sys, uuid; django.setup()\n"
        "from django.conf import settings\n"
        "settings.CACHES['default'] = {'BACKEND': 'django.core.cache.backends.redis.RedisCache', "
        "'LOCATION': settings.REDIS_URL}\n"
        "settings.BREAKER_FAILURES = 3\n"
        "from payments.attempts import breaker\n"
        "account = uuid.UUID(sys.argv[1])\n"
        "print(breaker.is_open(account))\n"
        "[breaker.record(account, answered=False) for _ in range(2)]\n"
    )

    def elsewhere() -> str:
        done = subprocess.run(
            [sys.executable, "-c", script, str(account.id)], capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    assert elsewhere() == "False"
    breaker.record(account.id, answered=False)  # the third in a row, the first of this process
    assert breaker.is_open(account.id)
    assert elsewhere() == "True"


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock"])
def test_without_redis_it_is_closed_and_nobody_waits_for_it(project, account, script, settings, monkeypatch, url):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}
    asked = []
    real = RedisCache.get
    monkeypatch.setattr(RedisCache, "get", lambda *args, **over: (asked.append(1), real(*args, **over))[1])
    script.pay = [Unavailable("down")]

    for _ in range(5):
        try_to_pay(project)

    assert script.count("pay") == 5
    assert len(asked) == 1  # a server that hangs costs one time-out in ten seconds
    assert not breaker.is_open(account.id)


def test_set_to_zero_there_is_none(account, settings):
    fail(account)
    settings.BREAKER_FAILURES = 0
    fail(account, 50)
    assert passes(account)
    assert not breaker.is_open(account.id)


def test_while_it_is_open_status_and_expiry_ask_nobody_and_nothing_flips(project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    script.fetch = [payment(Outcome.DECLINED)]
    row = pay(factories.pay_command(project)).payment
    Payment.objects.update(expires_at=clock.now())
    fail(account)

    shown = read_status(row)
    ended = expire_payment(row.id)

    assert (shown.state, ended, script.count("fetch"), script.count("expire")) == ("PAYMENT_PENDING", False, 0, 0)
    assert Attempt.objects.get().state == "PENDING"


def test_a_person_may_ask_all_the_same(project, account, script):
    script.pay, script.fetch = [payment(Outcome.ACTION_REQUIRED)], [payment(Outcome.SUCCEEDED)]
    pay(factories.pay_command(project))
    fail(account)

    applied = reconcile.check(Attempt.objects.get().id, source=Source.OPERATOR, actor="ada")

    assert applied is not None
    assert applied.payment.captured == 1299


@pytest.mark.parametrize(
    ("news", "status", "expected"),
    [
        (NoAnswer(Trouble.UNKNOWN), None, False),
        (NoAnswer(Trouble.UNKNOWN), 500, False),
        (NoAnswer(Trouble.NOT_SENT), 503, False),
        (NoAnswer(Trouble.NOT_SENT), 429, None),
        (NoAnswer(Trouble.NOT_SENT, "no_reference"), None, None),
        (NoAnswer(Trouble.UNKNOWN), 200, None),  # there, and not to be understood
        (NoAnswer(Trouble.REJECTED), 400, True),
        (NoAnswer(Trouble.CREDENTIALS), 401, True),
        (payment(Outcome.PENDING), 200, True),
    ],
)
def test_what_counts_as_a_failure(news, status, expected):
    exchange = Exchange("POST", "https://psp.test/", {}, "", status, {}, "", 1, None)
    assert breaker.has_answered(news, [exchange]) is expected


def test_the_state_forgets_itself(account):
    fail(account)
    seconds = cache._cache.get_client().ttl(cache.make_key(f"breaker:{account.id.hex}:state"))
    assert 3000 < seconds <= 3600
    assert not breaker.is_open(ids.new_uuid())


def test_the_metrics_page_counts_open_breakers_by_provider(client, account, settings):
    settings.BREAKER_FAILURES = 1
    factories.make_account(account.project, name="second", is_default=False)

    breaker.record(account.id, answered=False)
    page = client.get("/-/metrics").content.decode()

    assert 'paymenthub_breakers_open{provider="scripted"} 1.0' in page
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    away = client.get("/-/metrics")
    assert (away.status_code, "paymenthub_breakers_open" in away.content.decode()) == (200, False)
