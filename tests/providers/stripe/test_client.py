"""What the SDK may and may not do: one request, our key, nothing about this machine, nothing of the customer kept."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import stripe

from paymenthub.kernel.http import Exchange, Transport
from providers.drivers.stripe import StripeDriver
from providers.errors import AuthFailed, OutcomeUnknown, Rejected, Unavailable
from providers.port import Call
from providers.types import Account, CancelRequest, FetchRequest, Outcome, Reference, Verdict
from tests.providers.contract.wire import Reply, Wire

from .said import PRICE, pay_request

TOKEN = "pm_1NvQx2eZvKYlo2C0abcdef"
INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 1299,
    "amount_received": 1299,
    "currency": "eur",
    "capture_method": "automatic",
    "created": 1763600000,
    "latest_charge": "ch_1",
    "livemode": False,
    "metadata": {},
    "payment_method": TOKEN,
    "receipt_email": "buyer@shop.example",
    "status": "succeeded",
}
CHARGE = pay_request(data={"paymentMethod": TOKEN})
Make = Callable[..., Call]


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture
def make(wire: Wire, transport: Transport) -> Make:
    def made(live: bool = False, on_exchange: Callable[[Exchange], None] | None = None, **config: str) -> Call:
        whole = {"secret_key": "sk_test_1", "base_url": wire.url, **config}
        return Call(Account("acc", live, whole), transport, "key-1", "att_1", on_exchange)

    return made


def test_only_what_stripe_must_know_is_sent(wire: Wire, make: Make, driver: StripeDriver, monkeypatch):
    monkeypatch.setenv("CLAUDECODE", "1")
    wire.reset(lambda _request: Reply.of(INTENT))

    driver.pay(make(), CHARGE)

    (request,) = wire.requests
    assert request.headers | {"host": "", "content-length": ""} == {
        "host": "",
        "content-length": "",
        "accept": "application/json",
        "accept-encoding": "identity",
        "authorization": "Bearer sk_test_1",
        "content-type": "application/x-www-form-urlencoded",
        "idempotency-key": "key-1",
        "stripe-version": "2026-10-28.endive",
        "user-agent": "PaymentHub",
    }


def test_a_read_has_no_key(wire: Wire, make: Make, driver: StripeDriver):
    wire.reset(lambda _request: Reply.of({**INTENT, "status": "processing"}))

    driver.fetch(make(), FetchRequest((Reference("intent", "pi_1"),), "order-1", PRICE))

    assert "idempotency-key" not in wire.requests[0].headers


def test_a_connected_account_is_named(wire: Wire, make: Make, driver: StripeDriver):
    wire.reset(lambda _request: Reply.of(INTENT))

    driver.pay(make(account_id="acct_7"), CHARGE)

    assert wire.requests[0].headers["stripe-account"] == "acct_7"


def test_nothing_of_the_sdk_is_global():
    assert (stripe.api_key, stripe.app_info, stripe.enable_telemetry, stripe.default_http_client) == (
        None,
        None,
        False,
        None,
    )


@pytest.mark.parametrize("told", [{"stripe-should-retry": "true"}, {}])
@pytest.mark.parametrize("status", [409, 500, 503])
def test_the_sdk_does_not_try_again(wire: Wire, make: Make, driver: StripeDriver, status: int, told: dict[str, str]):
    body = json.dumps({"error": {"type": "api_error", "message": "sorry"}}).encode()
    wire.reset(
        lambda _request: Reply(status, body, {"content-type": "application/json", "request-id": "req_1", **told})
    )

    with pytest.raises(OutcomeUnknown) as caught:
        driver.pay(make(), CHARGE)

    assert len(wire.requests) == 1
    assert caught.value.request_id == "req_1"


def test_a_key_that_stripe_has_seen_with_other_content_leaves_the_outcome_unknown(
    wire: Wire, make: Make, driver: StripeDriver
):
    wire.reset(lambda _request: Reply.of({"error": {"type": "idempotency_error", "message": "Keys …"}}, 400))

    with pytest.raises(OutcomeUnknown):
        driver.pay(make(), CHARGE)


def test_an_object_that_is_not_there_is_not_an_address_that_is_not_there(wire: Wire, make: Make, driver: StripeDriver):
    gone = FetchRequest((Reference("intent", "pi_1"),), "order-1", PRICE)
    wire.reset(
        lambda _request: Reply.of({"error": {"type": "invalid_request_error", "message": "Unrecognized URL"}}, 404)
    )

    with pytest.raises(Rejected):
        driver.fetch(make(), gone)


@pytest.mark.parametrize(("key", "live"), [("sk_live_1", False), ("rk_live_1", False), ("sk_test_1", True)])
def test_a_key_of_the_other_mode_is_not_used(wire: Wire, make: Make, driver: StripeDriver, key: str, live: bool):
    with pytest.raises(AuthFailed):
        driver.pay(make(live=live, secret_key=key), CHARGE)

    assert wire.requests == []


def test_what_is_kept_of_an_exchange_names_no_means_of_payment_and_no_buyer(
    wire: Wire, make: Make, driver: StripeDriver
):
    kept: list[Exchange] = []
    wire.reset(lambda _request: Reply.of(INTENT))

    driver.pay(make(on_exchange=kept.append), CHARGE)
    driver_data = pay_request(data={"customer": "cus_Nabc", "buyerEmail": "else@shop.example"})
    wire.reset(lambda _request: Reply.of({}))
    with pytest.raises(OutcomeUnknown):
        driver.pay(make(on_exchange=kept.append), driver_data)

    text = "".join(f"{each.request_body}{each.response_body}" for each in kept)
    assert len(kept) == 2
    assert "amount=1299" in text
    for secret in (TOKEN, "cus_Nabc", "buyer@shop.example", "else@shop.example"):
        assert secret not in text


def test_the_sdk_logs_no_body(wire: Wire, make: Make, driver: StripeDriver, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    wire.reset(lambda _request: Reply.of(INTENT))

    driver.pay(make(), CHARGE)

    assert TOKEN not in caplog.text


def test_refunds_beyond_one_page_are_all_read(wire: Wire, make: Make, driver: StripeDriver):
    refunds = [
        {
            "id": f"re_{number}",
            "object": "refund",
            "amount": 1,
            "currency": "eur",
            "status": "succeeded",
            "payment_intent": "pi_1",
            "charge": "ch_1",
            "metadata": {},
            "created": 1763600000,
        }
        for number in range(3)
    ]

    def answer(request):
        if not request.path.endswith("/refunds"):
            return Reply.of(INTENT)
        rest = [] if "starting_after" in request.query else refunds[:2]
        page = {"object": "list", "url": "/v1/refunds", "data": rest or refunds[2:], "has_more": bool(rest)}
        return Reply.of(page)

    wire.reset(answer)

    heard = driver.fetch(make(), FetchRequest((Reference("intent", "pi_1"),), "order-1", PRICE))

    assert [verdict.references[0].value for verdict in heard[1:]] == ["re_0", "re_1", "re_2"]


def test_a_payment_without_any_id_of_stripes_cannot_be_ended(wire: Wire, make: Make, driver: StripeDriver):
    with pytest.raises(Rejected) as caught:
        driver.cancel(make(), CancelRequest((), "order-1"))

    assert caught.value.psp_code == "no_reference"
    assert wire.requests == []


def test_an_unreachable_stripe_is_surely_not_asked(make: Make, driver: StripeDriver, unused_port: int):
    with pytest.raises(Unavailable):
        driver.pay(make(base_url=f"http://127.0.0.1:{unused_port}"), CHARGE)


def test_a_refusal_names_the_intent_that_stripe_made_for_it(wire: Wire, make: Make, driver: StripeDriver):
    error = {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "lost_card",
        "payment_intent": {"id": "pi_9"},
    }
    wire.reset(lambda _request: Reply.of({"error": error}, 402))

    heard = driver.pay(make(), CHARGE)

    assert isinstance(heard, Verdict)
    assert (heard.outcome, heard.references) == (Outcome.DECLINED, (Reference("intent", "pi_9"),))
