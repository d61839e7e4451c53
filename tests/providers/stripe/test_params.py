"""What is odd about asking Stripe."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from paymenthub.kernel import ids
from paymenthub.kernel.money import Money, MoneyError
from providers.drivers.stripe import amounts, params
from providers.port import Call
from providers.types import Account, CaptureRequest, Reference, RefundRequest

from .said import PART, PRICE, pay_request


def _call(reference: str = "att_1") -> Call:
    return Call(Account("acc", False, {}), None, "key", reference)  # type: ignore[arg-type]


def _made_at(moment: datetime) -> str:
    milliseconds = int(moment.timestamp() * 1000)
    return ids.public_id(ids.ATTEMPT, uuid.UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | 5))


def test_a_page_is_asked_for_one_payment():
    request = pay_request(shop_reference="order-7")

    assert params.session(_call(), request, manual=True) == {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": "eur", "unit_amount": 1299, "product_data": {"name": "Two tickets"}},
            }
        ],
        "client_reference_id": "order-7",
        "success_url": "https://hub.example/return/1",
        "cancel_url": "https://hub.example/return/1",
        "metadata": {"hub_attempt": "att_1", "shop_transaction_id": "order-7"},
        "payment_intent_data": {
            "metadata": {"hub_attempt": "att_1", "shop_transaction_id": "order-7"},
            "capture_method": "manual",
            "description": "Two tickets",
        },
        "locale": "it",
        "customer_email": "buyer@shop.example",
    }


def test_providerdata_names_product_and_buyer():
    request = pay_request(data={"productName": "Seat 4", "buyerEmail": "else@shop.example"}, method="pay-pal")

    asked = params.session(_call(), request, manual=False)

    assert asked["allowed_payment_method_types"] == ["paypal"]
    assert asked["line_items"][0]["price_data"]["product_data"]["name"] == "Seat 4"
    assert asked["customer_email"] == "else@shop.example"


def test_a_known_customer_takes_the_place_of_an_email():
    asked = params.session(_call(), pay_request(data={"customer": "cus_1"}), manual=False)

    assert asked["customer"] == "cus_1"
    assert "customer_email" not in asked


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (timedelta(minutes=1), timedelta(minutes=35)),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=9), timedelta(hours=23, minutes=55)),
    ],
)
def test_a_page_ends_within_what_stripe_allows_counted_from_the_attempt(wanted: timedelta, expected: timedelta):
    made = datetime(2026, 11, 20, 10, tzinfo=UTC)
    request = pay_request(expires_at=made + wanted)

    asked = [params.session(_call(_made_at(made)), request, manual=False) for _ in range(2)]

    assert asked[0]["expires_at"] == int((made + expected).timestamp())
    assert asked[0] == asked[1]


@pytest.mark.parametrize("reference", ["att_1", "att_" + "0" * 32])
def test_a_page_of_an_attempt_of_unknown_age_ends_when_stripe_wants(reference: str):
    request = pay_request(expires_at=datetime(2026, 11, 20, tzinfo=UTC))

    assert "expires_at" not in params.session(_call(reference), request, manual=False)


@pytest.mark.parametrize(
    ("given", "sent"), [("pt-BR", "pt-BR"), ("pt_BR", "pt-BR"), ("de-AT", "de"), ("xx", "auto"), ("", "auto")]
)
def test_a_language_that_stripe_lacks_is_left_to_it(given: str, sent: str):
    assert params.session(_call(), pay_request(locale=given), manual=False)["locale"] == sent


def test_a_token_is_charged_at_once_and_may_need_its_customer():
    asked = params.intent(_call(), pay_request(data={"paymentMethod": "pm_1"}), manual=False)

    assert (asked["confirm"], asked["payment_method"], asked["capture_method"]) == (True, "pm_1", "automatic")
    assert asked["return_url"] == "https://hub.example/return/1"
    assert "off_session" not in asked


def test_a_token_without_its_customer_has_nowhere_to_return_to():
    data = {"paymentMethod": "pm_1", "customer": "cus_1", "offSession": True}

    asked = params.intent(_call(), pay_request(data=data), manual=True)

    assert (asked["off_session"], asked["customer"], asked["capture_method"]) == (True, "cus_1", "manual")
    assert "return_url" not in asked


def test_a_capture_that_is_not_the_last_says_so():
    references = (Reference("intent", "pi_1"),)

    last = params.capture(_call(), CaptureRequest(PART, references, "order-1"))
    first = params.capture(_call(), CaptureRequest(PART, references, "order-1", final=False))

    assert last == {"amount_to_capture": 500, "metadata": {"hub_capture": "att_1"}}
    assert first == {**last, "final_capture": False}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("fraudulent", {"reason": "fraudulent"}),
        ("The seat was broken", {"hub_reason": "The seat was broken"}),
        ("", {}),
    ],
)
def test_a_refunds_reason_is_stripes_word_or_a_note(reason: str, expected: dict[str, str]):
    asked = params.refund(_call(), RefundRequest(PART, (), "order-1", "rf_1", reason), "pi_1")

    assert asked["metadata"]["hub_refund"] == "rf_1"
    told = {n: v for n, v in asked["metadata"].items() if n == "hub_reason"}
    assert told | ({"reason": asked["reason"]} if "reason" in asked else {}) == expected


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (PRICE, (1299, "eur")),
        (Money(500, "JPY"), (500, "jpy")),
        (Money(12340, "KWD"), (12340, "kwd")),
        (Money(5, "ISK"), (500, "isk")),
        (Money(5, "UGX"), (500, "ugx")),
        (Money(500, "MGA"), (5, "mga")),
    ],
)
def test_stripes_amounts_go_there_and_back(money: Money, written: tuple[int, str]):
    assert amounts.encode(money) == written
    assert amounts.decode(*written) == money


@pytest.mark.parametrize("money", [Money(12345, "KWD"), Money(501, "MGA")])
def test_an_amount_that_stripe_cannot_write_is_refused(money: Money):
    with pytest.raises(ValueError, match="Stripe"):
        amounts.encode(money)


@pytest.mark.parametrize(("amount", "currency"), [(True, "eur"), (10.5, "eur"), ("10", "eur"), (10, 7), (550, "isk")])
def test_an_amount_that_is_none_is_not_read(amount: object, currency: object):
    with pytest.raises(ValueError):
        amounts.decode(amount, currency)


def test_an_unknown_currency_is_not_read():
    with pytest.raises(MoneyError):
        amounts.decode(10, "zzz")


def test_every_currency_has_a_scale():
    assert all(amounts.encode(Money(1000, code))[0] > 0 for code in amounts.CURRENCIES)
