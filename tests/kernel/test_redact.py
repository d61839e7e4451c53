import time
from decimal import Decimal

import pytest

from paymenthub.kernel.redact import is_secret_name, redact_headers, redact_json, redact_text, redact_url


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "Password",
        "user_password",
        "clientSecret",
        "client_secret",
        "secret",
        "token",
        "access_token",
        "paymentMethodToken",
        "authorization",
        "Authorization",
        "Proxy-Authorization",
        "apiKey",
        "api_key",
        "apikey",
        "X-API-Key",
        "card",
        "pan",
        "maskedPan",
        "cardNumber",
        "card[number]",
        "card[cvc]",
        "cvv",
        "cvc",
        "cvv2",
        "CVC",
        "encryptedCardNumber",
        "encrypted_security_code",
        "signature",
        "Stripe-Signature",
        "X-Signature-SHA256",
        "privateKey",
        "private_key",
        "Cookie",
        "Set-Cookie",
        "hmac",
        "hmacKey",
        "credentials",
        "pin",
    ],
)
def test_secret_names_are_known_in_every_spelling(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "amount",
        "currency",
        "author",
        "authorization_id",
        "authorizations",
        "company",
        "span",
        "expand",
        "idempotency_key",
        "Idempotency-Key",
        "publishable_key",
        "description",
        "shopping",
        "opinion",
        "status",
        "reason",
        "tokenization",
        "discard",
        "cardinality",
        "keyboard",
    ],
)
def test_harmless_names_stay_readable(name):
    assert not is_secret_name(name)


def test_json_is_masked_by_name_at_every_depth_and_copied():
    given = {
        "amount": 1234,
        "fraction": Decimal("12.34"),
        "ok": True,
        "none": None,
        "token": None,
        "card": {"number": "4111111111111111", "cvc": "123"},
        "list": [{"password": "hunter2"}, "hello", 4111111111111111, 1.5, None],
        "iban": "DE89 3704 0044 0532 0130 00",
        "shortIban": "DE89",
        "note": "paid with 4111 1111 1111 1111",
        "4111111111111111": "as a name",
    }
    assert redact_json(given) == {
        "amount": 1234,
        "fraction": Decimal("12.34"),
        "ok": True,
        "none": None,
        "token": None,
        "card": "***",
        "list": [{"password": "***"}, "hello", "************1111", 1.5, None],
        "iban": "DE89***3000",
        "shortIban": "***",
        "note": "paid with ************1111",
        "************1111": "as a name",
    }
    assert given["card"]["cvc"] == "123"


def test_json_nested_without_end_is_cut():
    value = []
    for _ in range(500):
        value = [value]
    assert "nested too deep" in str(redact_json(value))


def test_headers_are_masked_by_name_and_by_shape():
    assert redact_headers({"Authorization": "Bearer abc", "X-Note": "sk_live_abcdefghi", "Accept": "*/*"}) == {
        "Authorization": "***",
        "X-Note": "sk_live_***",
        "Accept": "*/*",
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://u:p@psp.test:8443/v1/x?a=1#frag", "https://psp.test:8443/v1/x?a=1"),
        ("https://psp.test/x?token=abc&id=7", "https://psp.test/x?token=***&id=7"),
        ("https://psp.test/c/4111111111111111", "https://psp.test/c/************1111"),
        ("/relative?secret=1", "/relative?secret=***"),
        ("http://[bad", "[unreadable URL of 11 characters]"),
    ],
)
def test_urls_lose_users_fragments_and_secret_parameters(url, expected):
    assert redact_url(url) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key phk_live_AbCdEf123456 used", "key phk_live_*** used"),
        ("phk_test_AbCdEf123456", "phk_test_***"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_***"),
        ("sk_test_4eC39HqLyjWDarjtT1zdp7dc", "sk_test_***"),
        ("rk_live_4eC39HqLyjWDarjtT1zdp7dc", "rk_live_***"),
        ("sent Bearer abcdefgh123", "sent Bearer ***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "***"),
        ("ValueError: password=hunter2", "ValueError: password=***"),
        ("Authorization: Bearer xyz", "Authorization: ***"),
        ("token = a=b==, next", "token = ***, next"),
        ("token:", "token:"),
        ("password=hunter2&x=1", "password=***&x=1"),
        ('{"client_secret": "pi_1_secret_2", "id": "pi_1"}', '{"client_secret": "***", "id": "pi_1"}'),
        ("{'cvc': '123'}", "{'cvc': '***'}"),
        ('{"cvc": 123}', '{"cvc": ***}'),
        (r"{\"password\":\"hunter2\",\"a\":\"b\"}", r"{\"password\":\"***\",\"a\":\"b\"}"),
        ('{"password": "a\\"b"}', '{"password": "***"}'),
        ("<cvc>123</cvc><id>7</id>", "<cvc>***</cvc><id>7</id>"),
        ('<ns:password type="x">hunter2</ns:password>', '<ns:password type="x">***</ns:password>'),
        ("iban=DE89370400440532013000", "iban=DE89***3000"),
        ("redis://:hunter2@127.0.0.1:6379/0", "redis://***@127.0.0.1:6379/0"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "-----***-----"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "-----***-----"),
        ("status=200 path=/v1/payments", "status=200 path=/v1/payments"),
        ("pay_0197a5b01c2d7e3f8a9b0c1d2e3f4a5b", "pay_0197a5b01c2d7e3f8a9b0c1d2e3f4a5b"),
    ],
)
def test_text_is_masked_whatever_it_is_written_in(text, expected):
    assert redact_text(text) == expected


def test_masking_twice_changes_nothing_more():
    once = redact_text("password=hunter2 card 4111111111111111 Bearer abcdefgh123 sk_live_abcdefgh")
    assert redact_text(once) == once


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a:",
        "token:",
        "<a",
        "<cvc>",
        "://",
        "a.b-",
        '\\"',
        "eyJ",
        "Bearer ",
        'password="',
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_hostile_text_is_read_in_reasonable_time(piece):
    text = piece * (100_000 // len(piece))
    started = time.perf_counter()
    redact_text(text)
    assert time.perf_counter() - started < 5  # usually a tenth of a second
