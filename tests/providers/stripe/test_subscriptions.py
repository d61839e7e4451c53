"""Subscriptions that Stripe runs, and renewals that the hub makes, against our simulator under Stripe's description."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stripe

from paymenthub.kernel.money import Money
from providers.drivers.stripe import StripeDriver
from providers.errors import InvalidProviderData, Rejected
from providers.port import Call
from providers.types import (
    Account,
    Buyer,
    DeclineReason,
    FetchRequest,
    Hardness,
    InboundRequest,
    Notification,
    Operation,
    Outcome,
    RefundRequest,
    Subject,
    SubscriptionRequest,
    SubscriptionStatus,
    Verdict,
)

from . import notifications, spec_guard
from .guarded import GuardedTransport
from .processes import Simulator
from .said import PART, PRICE, pay_request

SECRET = "whsec_1"


class _Guarded(GuardedTransport):
    """Passes the list of invoices, which is left out of the description, by."""

    def send(self, request: Any, **more: Any) -> Any:
        if "/v1/invoices?" not in request.url:
            return super().send(request, **more)
        answer = super(GuardedTransport, self).send(request, **more)
        for each in answer.json()["data"] if spec_guard.is_there() else ():
            spec_guard.check_answer("GET", f"/v1/invoices/{each['id']}", 200, json.dumps(each).encode())
        return answer


@pytest.fixture
def call(simulator: Simulator) -> Iterator[Call]:
    config = {"secret_key": f"sk_test_{uuid.uuid4().hex}", "webhook_secret": SECRET, "base_url": simulator.url}
    with _Guarded() as transport:
        yield Call(Account("acc", False, config), transport, uuid.uuid4().hex, f"att_{uuid.uuid4().hex}")


def _next(call: Call) -> Call:
    return replace(call, idempotency_key=uuid.uuid4().hex, attempt_reference=f"att_{uuid.uuid4().hex}")


def _desk(simulator: Simulator, call: Call, act: str, thing_id: str, **form: str) -> None:
    simulator.desk(act, key=call.account.config["secret_key"], id=thing_id, **form)


def _begun(driver: StripeDriver, call: Call, simulator: Simulator, outcome: str = "pay") -> tuple[Verdict, str]:
    """Begin a subscription as its customer does; return its first payment and its token."""
    opened = driver.subscription_schedule(call, SubscriptionRequest(pay_request(), interval="MONTH"))
    simulator.on_page(opened.references[0].value, outcome)
    (paid,) = driver.fetch(call, FetchRequest(opened.references, "order-1", PRICE))
    assert paid.subscription is not None
    return paid, paid.subscription.token


def _tells(driver: StripeDriver, kind: str, thing: dict[str, Any]) -> Notification:
    body = notifications.event("evt_1", kind, thing)
    at = datetime.now(UTC)
    signed = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, int(at.timestamp()))
    inbound = InboundRequest("POST", body, {"stripe-signature": signed}, {}, at)
    return driver.notification(Account("acc", False, {"webhook_secret": SECRET}), inbound, timedelta(seconds=300))


def _raw(call: Call, path: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {call.account.config['secret_key']}"}
    return dict(httpx.get(f"{call.account.config['base_url']}/v1/{path}", headers=headers, trust_env=False).json())


def test_a_page_begins_it_and_its_first_payment_is_that_of_the_page(
    driver: StripeDriver, call: Call, simulator: Simulator
):
    paid, token = _begun(driver, call, simulator)

    assert (paid.outcome, paid.money, paid.attempt_reference) == (Outcome.SUCCEEDED, PRICE, call.attempt_reference)
    assert [reference.kind for reference in paid.references] == ["session", "invoice", "intent"]
    own, first = driver.subscription_fetch(call, SubscriptionRequest(None, token))
    assert own.subscription is not None
    assert (own.subscription.status, own.subscription.money) == (SubscriptionStatus.ACTIVE, PRICE)
    assert (own.subscription.interval, own.subscription.interval_count) == ("MONTH", 1)
    assert first.charge is not None
    assert first.charge.charge_id == paid.references[1].value
    back = driver.refund(_next(call), RefundRequest(PART, paid.references[:2], "order-1", "rf_1"))
    assert (back.outcome, back.money) == (Outcome.SUCCEEDED, PART)
    told = driver.fetch(call, FetchRequest(paid.references[:1], "order-1", PRICE))
    assert [verdict.subject for verdict in told] == [Subject.PAYMENT, Subject.REFUND]


def test_a_later_charge_has_an_id_of_its_own_and_no_attempt(driver: StripeDriver, call: Call, simulator: Simulator):
    _, token = _begun(driver, call, simulator)
    _desk(simulator, call, "periods", token)

    _, first, second = driver.subscription_fetch(call, SubscriptionRequest(None, token))

    assert first.charge is not None
    assert second.charge is not None
    assert (second.outcome, second.attempt_reference, second.charge.token) == (Outcome.SUCCEEDED, "", token)
    assert second.charge.charge_id not in (first.charge.charge_id, "")
    assert second.charge.due_at is not None
    assert first.charge.due_at is not None
    assert second.charge.due_at > first.charge.due_at
    heard = _tells(driver, "invoice.payment_succeeded", _raw(call, f"invoices/{second.charge.charge_id}"))
    assert (heard.verdicts, heard.reread) == ((second,), True)
    (read,) = driver.fetch(call, FetchRequest(second.references[:1], "order-1", PRICE))
    assert read == second


def test_a_charge_that_fails_says_why_and_is_the_same_one_when_it_is_made_good(
    driver: StripeDriver, call: Call, simulator: Simulator
):
    _, token = _begun(driver, call, simulator, "pay_strict_later")
    _desk(simulator, call, "periods", token)

    own, _, failed = driver.subscription_fetch(call, SubscriptionRequest(None, token))
    assert own.subscription is not None
    assert failed.decline is not None
    assert failed.charge is not None
    assert (own.subscription.status, failed.outcome) == (SubscriptionStatus.PAST_DUE, Outcome.DECLINED)
    assert failed.decline.hardness is Hardness.NEEDS_CUSTOMER
    _desk(simulator, call, "invoices", failed.charge.charge_id, outcome="paid")

    own, _, good = driver.subscription_fetch(call, SubscriptionRequest(None, token))
    assert own.subscription is not None
    assert (own.subscription.status, good.outcome) == (SubscriptionStatus.ACTIVE, Outcome.SUCCEEDED)
    assert (good.charge, good.references) == (failed.charge, failed.references)


def test_a_change_counts_from_the_next_charge(driver: StripeDriver, call: Call, simulator: Simulator):
    _, token = _begun(driver, call, simulator)

    changed = driver.subscription_update(_next(call), SubscriptionRequest(None, token, "MONTH", 3, money=PART))

    assert changed.subscription is not None
    assert (changed.subscription.money, changed.subscription.interval_count) == (PART, 3)
    asked = call.transport.sent[-1]  # type: ignore[attr-defined]
    assert (asked.method, b"proration_behavior=none" in asked.content) == ("POST", True)
    _, *charges = driver.subscription_fetch(call, SubscriptionRequest(None, token))
    assert [each.money for each in charges] == [PRICE]
    _desk(simulator, call, "periods", token)
    _, *charges = driver.subscription_fetch(call, SubscriptionRequest(None, token))
    assert [each.money for each in charges] == [PRICE, PART]


@pytest.mark.parametrize("at_period_end", [False, True])
def test_it_ends_at_once_or_when_what_was_paid_for_is_over(
    driver: StripeDriver, call: Call, simulator: Simulator, at_period_end: bool
):
    _, token = _begun(driver, call, simulator)

    said = driver.subscription_expire(_next(call), SubscriptionRequest(None, token, at_period_end=at_period_end))

    assert said.subscription is not None
    assert said.outcome is (Outcome.SUCCEEDED if at_period_end else Outcome.CANCELLED)
    assert said.subscription.next_charge_at is None
    if at_period_end:
        _desk(simulator, call, "periods", token)
    own, *charges = driver.subscription_fetch(call, SubscriptionRequest(None, token))
    assert own.subscription is not None
    assert (own.subscription.status, len(charges)) == (SubscriptionStatus.CANCELED, 1)
    heard = _tells(driver, "customer.subscription.deleted", _raw(call, f"subscriptions/{token}"))
    assert heard.verdicts == (own,)
    with pytest.raises(Rejected):
        driver.subscription_expire(_next(call), SubscriptionRequest(None, token))


def test_one_that_ends_by_its_date_has_expired(driver: StripeDriver, call: Call, simulator: Simulator):
    _, token = _begun(driver, call, simulator)
    soon = datetime.now(UTC) + timedelta(days=20)
    bounded = driver.subscription_update(_next(call), SubscriptionRequest(None, token, ends_at=soon))
    assert bounded.subscription is not None
    assert bounded.subscription.ends_at == soon.replace(microsecond=0)

    _desk(simulator, call, "periods", token)

    assert driver.subscription_fetch(call, SubscriptionRequest(None, token))[0].outcome is Outcome.EXPIRED


@pytest.mark.parametrize(
    ("outcome", "reason", "hardness"),
    [
        ("pay", None, None),
        ("pay_poor_later", DeclineReason.INSUFFICIENT_FUNDS, Hardness.SOFT),
        ("pay_lost_later", DeclineReason.STOLEN_CARD, Hardness.HARD),
        ("pay_strict_later", DeclineReason.AUTHENTICATION_REQUIRED, Hardness.NEEDS_CUSTOMER),
    ],
)
def test_the_hub_renews_with_the_means_that_the_first_payment_left(
    driver: StripeDriver, call: Call, simulator: Simulator, outcome: str, reason: DeclineReason, hardness: Hardness
):
    opened = driver.subscription_start(call, SubscriptionRequest(pay_request()))
    simulator.on_page(opened.references[0].value, outcome)
    (paid,) = driver.fetch(call, FetchRequest(opened.references, "order-1", PRICE))
    assert paid.subscription is not None
    assert paid.subscription.status is SubscriptionStatus.ACTIVE

    renewed = driver.subscription_pay(_next(call), SubscriptionRequest(pay_request(), paid.subscription.token))

    declined = renewed.decline and (renewed.decline.reason, renewed.decline.hardness)
    assert declined == ((reason, hardness) if reason else None)
    assert renewed.outcome is (Outcome.DECLINED if reason else Outcome.SUCCEEDED)


def test_a_first_payment_of_nothing_keeps_the_means_and_takes_no_money(
    driver: StripeDriver, call: Call, simulator: Simulator
):
    nothing = SubscriptionRequest(pay_request(Money(0, "EUR")), interval="WEEK", money=PRICE)
    driver.check_subscription(nothing, Operation.SUBSCRIPTION_START)
    opened = driver.subscription_start(call, nothing)
    assert (opened.outcome, opened.money) == (Outcome.ACTION_REQUIRED, Money(0, "EUR"))
    simulator.on_page(opened.references[0].value, "pay")

    (kept,) = driver.fetch(call, FetchRequest(opened.references, "order-1", Money(0, "EUR")))

    assert kept.subscription is not None
    assert (kept.outcome, kept.money, kept.subscription.status) == (
        Outcome.SUCCEEDED,
        Money(0, "EUR"),
        SubscriptionStatus.ACTIVE,
    )
    renewal = SubscriptionRequest(pay_request(), kept.subscription.token)
    assert driver.subscription_pay(_next(call), renewal).outcome is Outcome.SUCCEEDED


def test_a_means_that_was_given_up_is_cancelled_and_declined_hard(
    driver: StripeDriver, call: Call, simulator: Simulator
):
    opened = driver.subscription_start(call, SubscriptionRequest(pay_request()))
    simulator.on_page(opened.references[0].value, "pay")
    (paid,) = driver.fetch(call, FetchRequest(opened.references, "order-1", PRICE))
    assert paid.subscription is not None
    kept = SubscriptionRequest(pay_request(), paid.subscription.token)
    assert driver.subscription_fetch(call, kept)[0].outcome is Outcome.SUCCEEDED

    assert driver.subscription_expire(_next(call), kept).outcome is Outcome.CANCELLED

    assert driver.subscription_fetch(call, kept)[0].outcome is Outcome.CANCELLED
    declined = driver.subscription_pay(_next(call), kept).decline
    assert declined is not None
    assert (declined.reason, declined.hardness) == (DeclineReason.TOKEN_REVOKED, Hardness.HARD)


def test_events_of_invoices_and_intents_that_are_nobodys_change_nothing(driver: StripeDriver):
    assert _tells(driver, "invoice.paid", {"id": "in_1", "object": "invoice", "subscription": None}).verdicts == ()
    intent = {"id": "pi_1", "object": "payment_intent", "metadata": {}, "description": "Subscription update"}
    assert _tells(driver, "payment_intent.succeeded", intent).verdicts == ()


def test_an_event_of_an_older_version_is_a_hint_which_subscription_to_read(driver: StripeDriver):
    old = {"id": "in_1", "object": "invoice", "subscription": "sub_1"}

    (hint,) = _tells(driver, "invoice.payment_failed", old).verdicts

    assert hint.charge is not None
    assert (hint.outcome, hint.charge.token, hint.charge.charge_id) == (Outcome.PENDING, "sub_1", "in_1")
    (hint,) = _tells(driver, "customer.subscription.updated", {"id": "sub_1", "object": "subscription"}).verdicts
    assert hint.subscription is not None
    assert (hint.subject, hint.subscription.token) == (Subject.SUBSCRIPTION, "sub_1")


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"interval": "WEEK"}, "interval"),
        ({"interval_count": 13}, "intervalCount"),
        ({"expires_after": 3}, "expiresAfter"),
        ({"ends_at": datetime(2030, 1, 1, tzinfo=UTC)}, "expiresAfter"),
        ({"first_charge_at": datetime(2030, 1, 1, tzinfo=UTC)}, "firstChargeAt"),
        ({"money": PART}, "amount"),
        ({"pay": pay_request(Money(0, "EUR"), buyer=Buyer())}, "amount"),
    ],
)
def test_what_stripe_could_not_run_is_refused_before_anything_is_sent(
    driver: StripeDriver, call: Call, wrong: dict[str, Any], param: str
):
    request = SubscriptionRequest(**{"pay": pay_request(), "interval": "MONTH"} | wrong)

    with pytest.raises(InvalidProviderData) as caught:
        driver.check_subscription(request, Operation.SUBSCRIPTION_SCHEDULE)
    with pytest.raises(Rejected):
        driver.subscription_schedule(call, request)

    assert caught.value.param == param
    assert call.transport.sent == []  # type: ignore[attr-defined]
