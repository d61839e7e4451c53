"""Each wrong input: its exact answer, and that nothing was stored or sent."""

import json

import pytest

from payments.models import Attempt, Payment
from providers.types import Outcome
from tests.scripted import payment

from .bodies import pay_body
from .conftest import error_of

CARD = "4111 1111 1111 1111"
PATH = "/scripted/credit-cards/pay"


def refused(shop, response) -> tuple[int, str, str | None]:
    assert not Payment.objects.exists()
    assert not Attempt.objects.exists()
    return error_of(response)


@pytest.mark.parametrize(
    "amount", ["true", "false", '"100"', "1.0", "1.5", "1e3", "0", "-1", str(10**15 + 1), str(10**40), "[1]", "{}"]
)
def test_s67_amounts_that_are_no_plain_positive_integer_are_refused(shop, script, amount):
    body = f'{{"amount": {amount}, "currency": "EUR", "shopTransactionId": "a"}}'
    assert refused(shop, shop.send(PATH, body.encode())) == (400, "invalid_field", "amount")
    assert script.asked == []


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1e999", "01", "1_000", "0x10"])
def test_s67_amounts_that_are_no_json_are_refused(shop, amount):
    body = f'{{"amount": {amount}, "currency": "EUR", "shopTransactionId": "a"}}'
    assert refused(shop, shop.send(PATH, body.encode())) == (400, "malformed_request", None)


@pytest.mark.parametrize("amount", [1, 10**15])
def test_the_least_and_the_most_are_taken(shop, script, amount):

    script.pay = [payment(Outcome.SUCCEEDED, amount=amount)]
    assert shop.pay(pay_body(amount=amount)).json()["result"] == "OK"


@pytest.mark.parametrize("field", ["amount", "currency", "shopTransactionId"])
def test_required_fields_are_required(shop, field):
    assert refused(shop, shop.pay(pay_body(**{field: None}))) == (400, "invalid_field", field)
    with_null = pay_body() | {field: None}
    assert refused(shop, shop.pay(with_null)) == (400, "invalid_field", field)


@pytest.mark.parametrize(
    ("field", "value", "param"),
    [
        ("currency", "eur", "currency"),
        ("currency", "EURO", "currency"),
        ("currency", "ZZZ", "currency"),
        ("currency", "XAU", "currency"),
        ("currency", 978, "currency"),
        ("shopTransactionId", "", "shopTransactionId"),
        ("shopTransactionId", "   ", "shopTransactionId"),
        ("shopTransactionId", "a\nb", "shopTransactionId"),
        ("shopTransactionId", "x" * 256, "shopTransactionId"),
        ("shopTransactionId", 7, "shopTransactionId"),
        ("successRedirectUrl", "javascript:alert(1)", "successRedirectUrl"),
        ("successRedirectUrl", "//shop.test/yes", "successRedirectUrl"),
        ("successRedirectUrl", "https://", "successRedirectUrl"),
        ("successRedirectUrl", "https://[", "successRedirectUrl"),
        ("successRedirectUrl", "https://shop.test:0/", "successRedirectUrl"),
        ("failureRedirectUrl", "https://user:pw@shop.test/", "failureRedirectUrl"),
        ("failureRedirectUrl", "https://shop.test/a b", "failureRedirectUrl"),
        ("failureRedirectUrl", "https://evil.test\\@shop.test/", "failureRedirectUrl"),
        ("callbackUrl", "ftp://shop.test/", "callbackUrl"),
        ("callbackUrl", "https://shop.test/" + "x" * 2000, "callbackUrl"),
        ("description", "x" * 256, "description"),
        ("locale", "not a locale", "locale"),
        ("locale", "x" * 17, "locale"),
        ("locale", "it\n", "locale"),
        ("buyer", "Ada", "buyer"),
        ("buyer", {"email": 7}, "buyer.email"),
        ("providerData", [], "providerData"),
        ("providerData", {"blob": "x" * 65536}, "providerData"),
        ("additionalData", "text", "additionalData"),
        ("additionalData", {"blob": "x" * 16384}, "additionalData"),
    ],
)
def test_a_wrong_field_is_named(shop, field, value, param):
    assert refused(shop, shop.pay(pay_body(**{field: value}))) == (400, "invalid_field", param)


@pytest.mark.parametrize(
    ("over", "param"),
    [
        ({"description": f"card {CARD}"}, "description"),
        ({"buyer": {"name": "4111-1111-1111-1111"}}, "buyer.name"),
        ({"additionalData": {"note": {"deep": ["x", CARD]}}}, "additionalData.note.deep[1]"),
        ({"additionalData": {"number": 4111111111111111}}, "additionalData.number"),
        ({"additionalData": {"4111111111111111": 1}}, "additionalData"),
        ({"providerData": {"paymentMethod": {"number": "4111111111111111"}}}, "providerData.paymentMethod.number"),
    ],
)
def test_card_numbers_are_refused_and_not_repeated(shop, over, param):
    response = shop.pay(pay_body(**over))
    assert refused(shop, response) == (422, "unprocessable", param)
    assert "4111" not in response.json()["message"]


def test_tokens_encrypted_fields_and_ids_are_no_card_numbers(shop, script):

    script.pay = [payment(Outcome.SUCCEEDED)]
    body = pay_body(
        shopTransactionId="4111111111111111",
        providerData={"encryptedCardNumber": "adyenjs_0_1_25$MT6ppy0FAMVMLH", "token": "tok_1PqZk2"},
    )
    assert shop.pay(body).json()["result"] == "OK"


def test_two_names_for_one_field_must_agree(shop):
    response = shop.pay(pay_body(shopTransactionID="order-2"))
    assert refused(shop, response) == (400, "invalid_field", "shopTransactionId")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        '{"amount": 1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"amount": 1}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_sound_json_object_is_refused(shop, body):
    assert refused(shop, shop.send(PATH, body)) == (400, "malformed_request", None)


@pytest.mark.parametrize("inside", ['{"amount": 1, "amount": 2}', '{"x": {"amount": 1, "amount": 2}}'])
def test_a_name_given_twice_is_refused(shop, inside):
    assert refused(shop, shop.send(PATH, inside.encode())) == (400, "malformed_request", "amount")


def test_no_body_is_a_missing_field(shop):
    assert refused(shop, shop.send(PATH, b"")) == (400, "invalid_field", "amount")


@pytest.mark.parametrize("spare", [0, 1])
def test_a_body_over_the_limit_is_refused(shop, settings, spare):
    settings.REQUEST_MAX_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024
    body = json.dumps(pay_body(currency="ZZZ")).encode()
    padded = body + b" " * (1024 + spare - len(body))
    status, code, _ = refused(shop, shop.send(PATH, padded))
    assert (status, code) == ((413, "payload_too_large") if spare else (400, "invalid_field"))


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_another_content_type_is_refused(shop, content_type):
    headers = {"Authorization": f"Bearer {shop.secret}"}
    response = shop.client.generic("POST", PATH, json.dumps(pay_body()), content_type, headers=headers)
    assert refused(shop, response) == (415, "unsupported_media_type", None)


def test_a_charset_beside_the_content_type_is_taken(shop):
    headers = {"Authorization": f"Bearer {shop.secret}"}
    response = shop.client.generic("POST", PATH, b"{}", "application/json; charset=utf-8", headers=headers)
    assert refused(shop, response) == (400, "invalid_field", "amount")
