"""Checkout Sessions from the page to the refund, at our simulator, guarded by Stripe's description of its API."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from queue import Queue

import pytest

from providers.drivers.stripe import StripeDriver
from providers.errors import OutcomeUnknown, Rejected, Unavailable
from providers.port import Call
from providers.types import (
    Account,
    CancelRequest,
    CaptureRequest,
    FetchRequest,
    InboundRequest,
    Outcome,
    Reference,
    RefundRequest,
    Verdict,
)
from tests.providers.contract.wire import Breakdown, Reply, Wire, WireRequest, close, forwarded

from .guarded import GuardedTransport
from .processes import Simulator
from .said import PART, PRICE, pay_request


@pytest.fixture
def call(simulator: Simulator) -> Iterator[Call]:
    config = {"secret_key": f"sk_test_{uuid.uuid4().hex}", "webhook_secret": "whsec_1", "base_url": simulator.url}
    with GuardedTransport() as transport:
        yield Call(Account("acc", False, config), transport, uuid.uuid4().hex, f"att_{uuid.uuid4().hex}")


def _next(call: Call) -> Call:
    return replace(call, idempotency_key=uuid.uuid4().hex, attempt_reference=f"att_{uuid.uuid4().hex}")


def _page(driver: StripeDriver, call: Call) -> tuple[Verdict, str]:
    opened = driver.pay(call, pay_request())
    return opened, opened.references[0].value


def _read(driver: StripeDriver, call: Call, of: Verdict) -> tuple[Verdict, ...]:
    return driver.fetch(call, FetchRequest(of.references, "order-1", PRICE))


def test_a_customer_pays_on_the_page(driver: StripeDriver, call: Call, simulator: Simulator):
    opened, session = _page(driver, call)
    assert opened.outcome is Outcome.ACTION_REQUIRED
    assert opened.references == (Reference("session", session),)
    assert opened.action is not None
    assert opened.action.redirect_url == f"{simulator.url}/c/pay/{session}"

    back = simulator.on_page(session, "pay")

    assert back.headers["location"] == "https://hub.example/return/1"
    (paid,) = _read(driver, call, opened)
    assert (paid.outcome, paid.money) == (Outcome.SUCCEEDED, PRICE)
    assert [reference.kind for reference in paid.references] == ["session", "intent"]
    assert paid.attempt_reference == call.attempt_reference


def test_a_refused_card_leaves_the_page_open_for_another_one(driver: StripeDriver, call: Call, simulator: Simulator):
    opened, session = _page(driver, call)

    simulator.on_page(session, "decline")

    (waiting,) = _read(driver, call, opened)
    assert waiting.outcome is Outcome.ACTION_REQUIRED
    simulator.on_page(session, "pay")
    assert [verdict.outcome for verdict in _read(driver, call, opened)] == [Outcome.SUCCEEDED]


@pytest.mark.parametrize(("end", "expected"), [("succeed", Outcome.SUCCEEDED), ("fail", Outcome.DECLINED)])
def test_a_slow_means_is_pending_until_it_is_decided(
    driver: StripeDriver, call: Call, simulator: Simulator, end: str, expected: Outcome
):
    opened, session = _page(driver, call)
    simulator.on_page(session, "pay_later")
    (pending,) = _read(driver, call, opened)
    assert (pending.outcome, pending.raw_status) == (Outcome.PENDING, "complete/unpaid/processing")

    simulator.desk("sessions", key=call.account.config["secret_key"], id=session, outcome=end)

    assert [verdict.outcome for verdict in _read(driver, call, opened)] == [expected]


def test_money_held_by_a_page_is_captured_and_partly_given_back(driver: StripeDriver, call: Call, simulator: Simulator):
    opened = driver.authorize(call, pay_request())
    simulator.on_page(opened.references[0].value, "pay")
    (held,) = _read(driver, call, opened)
    assert (held.outcome, held.money) == (Outcome.AUTHORIZED, PRICE)

    capturing = _next(call)
    captured = driver.capture(capturing, CaptureRequest(PRICE, opened.references, "order-1"))
    refunding = _next(call)
    refunded = driver.refund(refunding, RefundRequest(PART, opened.references, "order-1", "rf_1"))

    assert (captured.outcome, captured.attempt_reference) == (Outcome.SUCCEEDED, capturing.attempt_reference)
    whole, part, back = _read(driver, call, opened)
    assert (whole.outcome, whole.money, whole.attempt_reference) == (Outcome.SUCCEEDED, PRICE, call.attempt_reference)
    assert part == captured
    assert back == replace(refunded, live=False)
    assert refunded.attempt_reference == refunding.attempt_reference
    by_mark = driver.fetch_refund(refunding, FetchRequest(opened.references, "order-1", PART))
    assert by_mark == refunded
    assert (
        driver.fetch_refund(_next(call), FetchRequest(opened.references, "order-1", PART)).outcome is Outcome.NOT_FOUND
    )


def test_money_held_by_a_page_is_released(driver: StripeDriver, call: Call, simulator: Simulator):
    opened = driver.authorize(call, pay_request())
    simulator.on_page(opened.references[0].value, "pay")

    released = driver.cancel(_next(call), CancelRequest(opened.references, "order-1"))

    assert (released.outcome, released.references[0].kind) == (Outcome.CANCELLED, "intent")
    (read,) = _read(driver, call, opened)
    assert (read.outcome, read.references[0]) == (Outcome.CANCELLED, opened.references[0])


@pytest.mark.parametrize("end", ["cancel", "expire"])
@pytest.mark.parametrize("tried", [False, True], ids=["untouched", "after a refused card"])
def test_an_unpaid_page_is_closed(driver: StripeDriver, call: Call, simulator: Simulator, end: str, tried: bool):
    opened, session = _page(driver, call)
    if tried:
        simulator.on_page(session, "decline")
    ending = _next(call)

    closed = getattr(driver, end)(ending, CancelRequest(opened.references, "order-1"))
    again = getattr(driver, end)(ending, CancelRequest(opened.references, "order-1"))

    assert closed.outcome is Outcome.EXPIRED
    assert again == closed
    simulator.on_page(session, "pay")
    assert [verdict.outcome for verdict in _read(driver, call, opened)] == [Outcome.EXPIRED]


def test_a_paid_page_is_not_closed(driver: StripeDriver, call: Call, simulator: Simulator):
    opened, session = _page(driver, call)
    simulator.on_page(session, "pay")

    with pytest.raises(Rejected):
        driver.expire(_next(call), CancelRequest(opened.references, "order-1"))


def test_a_customer_proves_who_they_are_at_the_bank(driver: StripeDriver, call: Call, simulator: Simulator):
    waiting = driver.pay(call, pay_request(data={"paymentMethod": "pm_card_authenticationRequired"}))
    assert waiting.outcome is Outcome.ACTION_REQUIRED
    assert waiting.action is not None

    simulator.client.post(waiting.action.redirect_url, data={"outcome": "succeed"})

    assert [verdict.outcome for verdict in _read(driver, call, waiting)] == [Outcome.SUCCEEDED]


def test_a_token_that_needs_its_customer_is_declined_without_them(driver: StripeDriver, call: Call):
    data = {"paymentMethod": "pm_card_authenticationRequired", "customer": "cus_1", "offSession": True}

    declined = driver.pay(call, pay_request(data=data))

    assert declined.decline is not None
    assert declined.decline.reason == "authentication_required"


@pytest.mark.parametrize("data", [{}, {"paymentMethod": "pm_card_visa"}], ids=["page", "token"])
def test_a_lost_answer_is_found_again_by_our_mark_and_by_our_key(
    driver: StripeDriver, call: Call, simulator: Simulator, data: dict[str, str]
):
    request = pay_request(data=data)
    wire = Wire()

    def lose(asked: WireRequest) -> Breakdown:
        assert forwarded(asked, simulator.client).status == 200
        return close

    wire.reset(lose)
    lost = replace(call, account=replace(call.account, config={**call.account.config, "base_url": wire.url}))
    with pytest.raises(OutcomeUnknown):
        driver.pay(lost, request)
    wire.close()

    (found,) = driver.fetch(call, FetchRequest((), "order-1", PRICE))
    again = driver.pay(call, request)

    assert found.attempt_reference == call.attempt_reference
    assert found.references == again.references
    assert found.outcome is again.outcome


def test_an_attempt_that_bears_no_id_and_no_mark_cannot_be_asked_about(driver: StripeDriver, call: Call):
    _page(driver, _next(call))

    with pytest.raises(Unavailable):
        driver.fetch(call, FetchRequest((), "order-1", PRICE))


def test_the_same_key_with_another_body_leaves_the_outcome_unknown(driver: StripeDriver, call: Call):
    request = pay_request()
    driver.pay(call, request)

    with pytest.raises(OutcomeUnknown):
        driver.pay(call, replace(request, money=PART))


def test_the_simulators_webhooks_are_understood(driver: StripeDriver, call: Call, simulator: Simulator):
    wire = Wire()
    arrived: Queue[InboundRequest] = Queue()

    def take(request: WireRequest) -> Reply:
        arrived.put(InboundRequest("POST", request.body, request.headers, {}, datetime.now(UTC)))
        return Reply.of({})

    wire.reset(take)
    key = call.account.config["secret_key"]
    simulator.desk("webhooks", key=key, url=f"{wire.url}/hook", secret="whsec_1")

    opened, session = _page(driver, call)
    simulator.on_page(session, "pay")
    (paid,) = _read(driver, call, opened)
    driver.refund(_next(call), RefundRequest(PART, paid.references, "order-1", "rf_1"))
    simulator.desk("disputes", key=key, id=paid.references[1].value, status="needs_response")
    simulator.desk("disputes", key=key, id=paid.references[1].value, status="won")
    told = [driver.notification(call.account, arrived.get(timeout=10), timedelta(seconds=60)) for _ in range(5)]
    wire.close()

    heard = {each.type: each.verdicts[0] for each in told}
    assert {kind: verdict.outcome for kind, verdict in heard.items()} == {
        "payment_intent.succeeded": Outcome.SUCCEEDED,
        "checkout.session.completed": Outcome.SUCCEEDED,
        "refund.created": Outcome.SUCCEEDED,
        "charge.dispute.created": Outcome.SUCCEEDED,
        "charge.dispute.closed": Outcome.REVERSED,
    }
    assert heard["checkout.session.completed"].references == paid.references
    assert heard["payment_intent.succeeded"].attempt_reference == call.attempt_reference
    assert heard["charge.dispute.created"].money == PRICE
