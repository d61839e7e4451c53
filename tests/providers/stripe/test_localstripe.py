"""The driver against localstripe, which somebody else wrote: PaymentIntents through their whole life."""

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import httpx
import pytest

from paymenthub.kernel.money import Money
from providers.drivers.stripe import StripeDriver
from providers.errors import AuthFailed, Rejected
from providers.port import Call
from providers.types import (
    Account,
    CancelRequest,
    CaptureRequest,
    DeclineReason,
    FetchRequest,
    Hardness,
    InboundRequest,
    Operation,
    Outcome,
    PayRequest,
    Reference,
    RefundRequest,
    Subject,
    SubscriptionRequest,
    Verdict,
)
from tests.providers.contract import evidence
from tests.providers.contract.evidence import Level

from .guarded import GuardedTransport
from .processes import Localstripe
from .said import PART, PRICE, pay_request

SECRET = "whsec_localstripe"


@pytest.fixture
def call(localstripe: Localstripe) -> Iterator[Call]:
    config = {"secret_key": "sk_test_local", "webhook_secret": SECRET, "base_url": localstripe.url}
    with GuardedTransport(answers=False) as transport:
        yield Call(Account("acc", False, config), transport, uuid.uuid4().hex, f"att_{uuid.uuid4().hex}")


@pytest.fixture
def hooks(localstripe: Localstripe) -> Iterator["Queue[InboundRequest]"]:
    arrived: Queue[InboundRequest] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            arrived.put(InboundRequest("POST", body, headers, {}, datetime.now(UTC)))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    form = {"url": f"http://127.0.0.1:{server.server_port}/", "secret": SECRET}
    httpx.post(f"{localstripe.bare}/_config/webhooks/tests", data=form, trust_env=False).raise_for_status()
    yield arrived
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _evidence(request: pytest.FixtureRequest) -> None:
    for operation in getattr(request.function, "shows", ()):
        evidence.note(request, "stripe", operation, {Level.B})


def shows(*operations: Operation):
    """Say what a test proves against somebody else's simulator."""

    def mark(function):
        function.shows = operations
        return function

    return mark


def _charge(money: Money = PRICE, token: str = "pm_card_visa") -> PayRequest:
    return pay_request(money, {"paymentMethod": token})


def _fetched(driver: StripeDriver, call: Call, of: Verdict) -> tuple[Verdict, ...]:
    return driver.fetch(call, FetchRequest(of.references, "order-1", PRICE))


@shows(Operation.PAY, Operation.FETCH)
def test_a_token_is_charged_and_read_again(driver: StripeDriver, call: Call):
    paid = driver.pay(call, _charge())

    assert (paid.outcome, paid.money, paid.live) == (Outcome.SUCCEEDED, PRICE, False)
    assert paid.attempt_reference == call.attempt_reference
    assert _fetched(driver, call, paid) == (paid,)


@shows(Operation.AUTHORIZE, Operation.CAPTURE, Operation.FETCH)
@pytest.mark.parametrize("taken", [PRICE, PART], ids=["full", "partial"])
def test_held_money_is_captured(driver: StripeDriver, call: Call, taken: Money):
    held = driver.authorize(call, _charge())
    assert (held.outcome, held.money) == (Outcome.AUTHORIZED, PRICE)

    captured = driver.capture(call, CaptureRequest(taken, held.references, "order-1"))

    assert (captured.subject, captured.outcome, captured.money) == (Subject.CAPTURE, Outcome.SUCCEEDED, taken)
    whole, part = _fetched(driver, call, held)
    assert (whole.outcome, whole.money) == (Outcome.SUCCEEDED, taken)
    assert (part.subject, part.money) == (Subject.CAPTURE, taken)
    with pytest.raises(Rejected):
        driver.capture(call, CaptureRequest(taken, held.references, "order-1"))


@shows(Operation.CANCEL, Operation.EXPIRE)
@pytest.mark.parametrize("end", ["cancel", "expire"])
def test_held_money_is_released(driver: StripeDriver, call: Call, end: str):
    held = driver.authorize(call, _charge())

    released = getattr(driver, end)(call, CancelRequest(held.references, "order-1"))

    assert released.outcome is Outcome.CANCELLED
    assert [verdict.outcome for verdict in _fetched(driver, call, held)] == [Outcome.CANCELLED]


def test_a_paid_payment_cannot_be_cancelled(driver: StripeDriver, call: Call):
    paid = driver.pay(call, _charge())

    with pytest.raises(Rejected):
        driver.cancel(call, CancelRequest(paid.references, "order-1"))


@shows(Operation.REFUND, Operation.FETCH_REFUND)
def test_money_is_given_back_in_parts_and_each_part_is_read(driver: StripeDriver, call: Call):
    paid = driver.pay(call, _charge())
    rest = Money(PRICE.amount - PART.amount, "EUR")

    first = driver.refund(call, RefundRequest(PART, paid.references, "order-1", "rf_1", "requested_by_customer"))
    second = driver.refund(call, RefundRequest(rest, paid.references, "order-1", "rf_2"))

    assert [(each.outcome, each.money) for each in (first, second)] == [
        (Outcome.SUCCEEDED, PART),
        (Outcome.SUCCEEDED, rest),
    ]
    assert first.parent[:1] == paid.references
    assert driver.fetch_refund(call, FetchRequest(first.references, "order-1", PART)) == first
    listed = _fetched(driver, call, paid)[1:]
    assert {each.references for each in listed} == {first.references, second.references}


@shows(Operation.PAY)
def test_a_bad_card_is_declined(driver: StripeDriver, call: Call):
    declined = driver.pay(call, _charge(token="pm_card_chargeCustomerFail"))

    assert declined.outcome is Outcome.DECLINED
    assert declined.decline is not None
    assert (declined.decline.reason, declined.decline.may_retry) == (DeclineReason.CARD_DECLINED, True)


def test_3d_secure_pauses_the_payment_until_the_customer_has_proved_who_they_are(
    driver: StripeDriver, call: Call, localstripe: Localstripe
):
    card = {"number": "4000002500003155", "exp_month": "12", "exp_year": "2030", "cvc": "123"}
    form = {"type": "card", **{f"card[{name}]": value for name, value in card.items()}}
    headers = {"Authorization": "Bearer sk_test_local"}
    with httpx.Client(base_url=localstripe.bare, headers=headers, trust_env=False) as bank:
        means = bank.post("/v1/payment_methods", data=form).json()["id"]
        waiting = driver.pay(call, _charge(token=means))
        # localstripe has no page to send the customer to, so there is nothing but to wait.
        assert (waiting.outcome, waiting.raw_status) == (Outcome.PENDING, "requires_action")

        path = f"/v1/payment_intents/{waiting.references[0].value}"
        proof = {"client_secret": bank.get(path).json()["client_secret"], "success": "true"}
        bank.post(f"{path}/_authenticate", data=proof).raise_for_status()

    assert [verdict.outcome for verdict in _fetched(driver, call, waiting)] == [Outcome.SUCCEEDED]


def _kept(localstripe: Localstripe, number: str) -> str:
    """Let a customer keep a card at localstripe; return the token by which the hub charges it."""
    card = {"number": number, "exp_month": "12", "exp_year": "2030", "cvc": "123"}
    form = {"type": "card", **{f"card[{name}]": value for name, value in card.items()}}
    headers = {"Authorization": "Bearer sk_test_local"}
    with httpx.Client(base_url=localstripe.bare, headers=headers, trust_env=False) as desk:
        customer = desk.post("/v1/customers", data={"email": "buyer@shop.example"}).json()["id"]
        means = desk.post("/v1/payment_methods", data=form).json()["id"]
        desk.post(f"/v1/payment_methods/{means}/attach", data={"customer": customer}).raise_for_status()
    return f"{customer}.{means}"


@shows(Operation.SUBSCRIPTION_PAY)
def test_a_kept_card_is_charged_without_its_customer(driver: StripeDriver, call: Call, localstripe: Localstripe):
    renewed = driver.subscription_pay(call, SubscriptionRequest(pay_request(), _kept(localstripe, "4242424242424242")))

    assert (renewed.outcome, renewed.money) == (Outcome.SUCCEEDED, PRICE)
    assert renewed.attempt_reference == call.attempt_reference
    assert _fetched(driver, call, renewed) == (renewed,)


@shows(Operation.SUBSCRIPTION_PAY)
def test_a_kept_card_that_fails_later_is_declined_softly(driver: StripeDriver, call: Call, localstripe: Localstripe):
    declined = driver.subscription_pay(call, SubscriptionRequest(pay_request(), _kept(localstripe, "4000000000000341")))

    assert declined.outcome is Outcome.DECLINED
    assert declined.decline is not None
    assert declined.decline.hardness is Hardness.SOFT


@shows(Operation.SUBSCRIPTION_FETCH, Operation.SUBSCRIPTION_EXPIRE)
def test_a_card_that_is_given_up_belongs_to_nobody(driver: StripeDriver, call: Call, localstripe: Localstripe):
    kept = SubscriptionRequest(None, _kept(localstripe, "4242424242424242"))
    assert driver.subscription_fetch(call, kept)[0].outcome is Outcome.SUCCEEDED

    assert driver.subscription_expire(call, kept).outcome is Outcome.CANCELLED

    assert driver.subscription_fetch(call, kept)[0].outcome is Outcome.CANCELLED


def test_an_unknown_payment_and_refund_are_not_found(driver: StripeDriver, call: Call):
    gone = FetchRequest((Reference("intent", "pi_gone"),), "order-1", PRICE)

    assert driver.fetch(call, gone) == (Verdict(Subject.PAYMENT, Outcome.NOT_FOUND),)
    refund = FetchRequest((Reference("refund", "re_gone"),), "order-1", PRICE)
    assert driver.fetch_refund(call, refund) == Verdict(Subject.REFUND, Outcome.NOT_FOUND)


def test_a_key_that_is_none_is_the_merchants_trouble(driver: StripeDriver, call: Call):
    config = {**call.account.config, "secret_key": "nonsense"}
    wrong = Call(Account("acc", False, config), call.transport, "key", "att")

    with pytest.raises(AuthFailed):
        driver.pay(wrong, _charge())


@shows(Operation.NOTIFICATION)
def test_its_signed_webhooks_are_understood(driver: StripeDriver, call: Call, hooks: "Queue[InboundRequest]"):
    paid = driver.pay(call, _charge())
    driver.pay(call, _charge(token="pm_card_chargeCustomerFail"))

    heard = {}
    while len(heard) < 2:
        inbound = hooks.get(timeout=10)
        notification = driver.notification(call.account, inbound, timedelta(seconds=300))
        if notification.verdicts and notification.verdicts[0].attempt_reference == call.attempt_reference:
            heard[notification.type] = (notification, json.loads(inbound.body)["id"])

    told, key = heard["payment_intent.succeeded"]
    assert (told.key, told.reread) == (key, True)
    assert told.verdicts[0].references == paid.references
    assert "payment_intent.payment_failed" in heard
