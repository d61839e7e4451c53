"""What the contract suite does not ask of the sandbox's subscriptions: their life, and how hard a decline is."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from paymenthub.kernel.http import Timeouts, Transport
from paymenthub.kernel.money import Money
from providers.drivers.sandbox import SandboxDriver
from providers.errors import InvalidProviderData, Rejected, Unsupported
from providers.port import Call, Driver
from providers.types import (
    Account,
    DeclineReason,
    Feature,
    Hardness,
    Outcome,
    SubscriptionRequest,
    SubscriptionStatus,
    Verdict,
)
from tests.providers.contract import evidence
from tests.providers.contract.evidence import Level
from tests.providers.sandbox_simulator.process import SECRET, Sandpay

from .said import PART, PRICE, pay_request

VISA = {"token": "tok_visa"}
driver = SandboxDriver()


@pytest.fixture(scope="module")
def sandpay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandpay]:
    process = Sandpay(tmp_path_factory.mktemp("subscriptions") / Path("sandpay.db"))
    yield process
    process.kill()


@pytest.fixture
def call(sandpay: Sandpay) -> Iterator[Call]:
    name = uuid.uuid4().hex
    config = {"id": f"acct_{name}", "api_key": f"sk_{name}", "webhook_secret": SECRET}
    assert sandpay.desk.post("/control/accounts", json=config).status_code == 201
    account = Account(config.pop("id"), live=False, config={**config, "base_url": sandpay.url})
    with Transport(Timeouts(connect=2, read=8, total=10)) as transport:
        yield Call(account, transport, f"key-{name}", f"att-{name}")


def _next(call: Call) -> Call:
    mark = uuid.uuid4().hex
    return replace(call, idempotency_key=f"key-{mark}", attempt_reference=f"att-{mark}")


def _schedule(call: Call, first: Money = PRICE, **over: Any) -> Verdict:
    asked: dict[str, Any] = {"interval": "MONTH", **over}
    return driver.subscription_schedule(call, SubscriptionRequest(pay_request(first, VISA), **asked))


def _reference(sandpay: Sandpay, call: Call, of: Verdict) -> str:
    headers = {"Authorization": f"Bearer {call.account.config['api_key']}"}
    shown = httpx.get(f"{sandpay.url}/v1/payments/{of.references[0].value}", headers=headers, trust_env=False)
    return str(shown.json()["reference"])


def _read(call: Call, of: Verdict) -> tuple[Verdict, ...]:
    assert of.subscription is not None
    return driver.subscription_fetch(call, SubscriptionRequest(None, of.subscription.token))


def test_the_test_clock_makes_the_charges_that_a_fetch_names(call: Call, request: pytest.FixtureRequest):
    first = _schedule(call)
    assert first.subscription is not None
    assert (first.outcome, first.attempt_reference) == (Outcome.SUCCEEDED, call.attempt_reference)
    due = first.subscription.next_charge_at
    assert due is not None

    assert driver.move_test_clock(call, due + timedelta(hours=1)) >= due

    own, one, two = _read(call, first)
    assert own.subscription is not None
    assert (own.subscription.status, own.subscription.charges) == (SubscriptionStatus.ACTIVE, 2)
    assert one.charge is not None
    assert two.charge is not None
    assert (one.charge.sequence, one.attempt_reference) == (1, call.attempt_reference)
    assert (two.charge.sequence, two.charge.due_at, two.attempt_reference) == (2, due, "")
    assert two.charge.charge_id not in ("", one.charge.charge_id)
    evidence.note(request, "sandbox", Feature.TEST_CLOCK, {Level.OWN})


def test_whoever_has_no_test_clock_says_so(call: Call):
    class Other(Driver):
        display_name = "Other"

    with pytest.raises(Unsupported):
        Other().move_test_clock(call, datetime.now(UTC))


def test_a_failed_charge_and_the_try_that_makes_it_good_have_one_id(call: Call, sandpay: Sandpay):
    first = _schedule(call)
    assert first.subscription is not None
    assert first.subscription.next_charge_at is not None
    sandpay.fault("charge", "decline_insufficient_funds", reference=_reference(sandpay, call, first))

    driver.move_test_clock(call, first.subscription.next_charge_at)
    own, _, failed = _read(call, first)
    assert own.subscription is not None
    assert (own.subscription.status, failed.outcome) == (SubscriptionStatus.PAST_DUE, Outcome.DECLINED)
    driver.move_test_clock(call, first.subscription.next_charge_at + timedelta(days=2))

    own, _, failed, made_good = _read(call, first)
    assert own.subscription is not None
    assert failed.charge is not None
    assert (own.subscription.status, made_good.outcome) == (SubscriptionStatus.ACTIVE, Outcome.SUCCEEDED)
    assert failed.charge == made_good.charge
    assert failed.references != made_good.references


def test_a_trial_begins_with_a_payment_of_nothing(call: Call):
    begins = datetime.now(UTC) + timedelta(days=14)
    first = _schedule(call, Money(0, "EUR"), money=PRICE, first_charge_at=begins, expires_after=1)
    assert (first.outcome, first.money) == (Outcome.SUCCEEDED, Money(0, "EUR"))

    driver.move_test_clock(call, begins + timedelta(minutes=1))

    own, nothing, charge = _read(call, first)
    assert own.subscription is not None
    assert nothing.charge is not None
    assert charge.charge is not None
    assert (nothing.charge.sequence, charge.charge.sequence, charge.money) == (0, 1, PRICE)
    assert (own.subscription.status, own.outcome) == (SubscriptionStatus.EXPIRED, Outcome.EXPIRED)


def test_an_end_when_the_period_is_over_leaves_it_active_until_then(call: Call):
    first = _schedule(call)
    assert first.subscription is not None
    asked = SubscriptionRequest(None, first.subscription.token, at_period_end=True)

    ending = driver.subscription_expire(_next(call), asked)

    assert ending.subscription is not None
    assert (ending.outcome, ending.subscription.cancel_at_period_end) == (Outcome.SUCCEEDED, True)
    driver.move_test_clock(call, datetime.now(UTC) + timedelta(days=40))
    own, *charges = _read(call, first)
    assert (own.outcome, len(charges)) == (Outcome.CANCELLED, 1)


@pytest.mark.parametrize(
    ("token", "reason", "hardness"),
    [
        ("tok_visa_later_poor", DeclineReason.INSUFFICIENT_FUNDS, Hardness.SOFT),
        ("tok_visa_later_stolen", DeclineReason.STOLEN_CARD, Hardness.HARD),
        ("tok_visa_later_3ds", DeclineReason.AUTHENTICATION_REQUIRED, Hardness.NEEDS_CUSTOMER),
    ],
)
def test_a_renewal_is_declined_softly_hard_or_for_want_of_the_customer(
    call: Call, token: str, reason: DeclineReason, hardness: Hardness
):
    first = driver.subscription_start(call, SubscriptionRequest(pay_request(PRICE, {"token": token})))
    assert first.subscription is not None
    assert first.subscription.status is SubscriptionStatus.ACTIVE

    renewal = SubscriptionRequest(pay_request(PRICE, {}), first.subscription.token)
    declined = driver.subscription_pay(_next(call), renewal)

    assert declined.decline is not None
    assert (declined.decline.reason, declined.decline.hardness) == (reason, hardness)


def test_a_token_that_was_given_up_is_cancelled_and_declined_hard(call: Call):
    first = driver.subscription_start(call, SubscriptionRequest(pay_request(PRICE, VISA)))
    assert first.subscription is not None
    given_up = SubscriptionRequest(None, first.subscription.token)

    assert driver.subscription_expire(_next(call), given_up).outcome is Outcome.CANCELLED
    (own,) = driver.subscription_fetch(call, given_up)
    assert own.subscription is not None
    assert own.subscription.status is SubscriptionStatus.CANCELED
    renewal = SubscriptionRequest(pay_request(PRICE, {}), first.subscription.token)
    declined = driver.subscription_pay(_next(call), renewal).decline
    assert declined is not None
    assert declined.hardness is Hardness.HARD
    with pytest.raises(Rejected):
        driver.subscription_update(_next(call), replace(given_up, money=PART))


def test_what_nobody_knows_is_not_found(call: Call):
    for token in ("ss_nobody", "tok_kept_nobody"):
        (own,) = driver.subscription_fetch(call, SubscriptionRequest(None, token))
        assert own.outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"interval": "FORTNIGHT"}, "interval"),
        ({"interval": "month"}, "interval"),
        ({"interval_count": 0}, "intervalCount"),
        ({"interval_count": 367}, "intervalCount"),
        ({"expires_after": 0}, "expiresAfter"),
        ({"pay": pay_request(PRICE, {"token": "visa"})}, "token"),
    ],
)
def test_what_the_sandbox_could_not_take_is_refused_before_anything_is_sent(wrong: dict[str, Any], param: str):
    with pytest.raises(InvalidProviderData) as caught:
        driver.check_subscription(SubscriptionRequest(**{"pay": pay_request(PRICE, VISA), "interval": "MONTH"} | wrong))

    assert caught.value.param == param
