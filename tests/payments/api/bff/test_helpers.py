"""Apple Pay sessions and a provider's own tokens: who is asked, with what, and what is refused."""

import functools
import json
import ssl
from typing import Any

import pytest

from paymenthub.kernel.http import NeverSent, Response
from payments.outbound import apple_pay
from providers.errors import OutcomeUnknown
from providers.types import Operation
from tests.payments.api.conftest import error_of
from tests.scripted import ScriptedDriver

pytestmark = pytest.mark.django_db
APPLE = "https://apple-pay-gateway.apple.com/paymentservices/paymentSession"
PATH = "/pgm-bff/apple-pay-session"


class Apple:
    """Apple's end of the call."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answer: Response | Exception = Response(200, {}, b'{"merchantSessionIdentifier": "SSH1"}', 1)

    def send(self, request: Any) -> Response:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def apple(settings, monkeypatch) -> Apple:
    settings.APPLEPAY_CERTIFICATE_FILE = "/etc/hub/apple.pem"
    settings.APPLEPAY_MERCHANT_IDENTIFIER = "merchant.example.shop"
    made = Apple()
    monkeypatch.setattr(apple_pay, "_transport", functools.cache(lambda: made))
    return made


def test_a_page_begins_a_session_for_its_own_domain(page, opened, apple):
    body = {"sagaId": opened.public_id, "validationURL": APPLE, "displayName": "Shop", "domainName": "evil.example"}

    assert page.post(PATH, body).json() == {"merchantSessionIdentifier": "SSH1"}
    (asked,) = apple.asked
    assert (asked.method, asked.url) == ("POST", APPLE)
    assert json.loads(asked.content) == {
        "merchantIdentifier": "merchant.example.shop",
        "displayName": "Shop",
        "initiative": "web",
        "initiativeContext": "shop.example",
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://apple-pay-gateway.apple.com/x",
        "https://apple.com/x",
        "https://apple-pay-gateway.apple.com.evil.example/x",
        "https://apple-pay-gateway.apple.com@evil.example/x",
        "https://apple-pay-gateway.apple.com:8443/x",
        "https://evil.example/?https://apple-pay-gateway.apple.com",
        "https://127.0.0.1/x",
    ],
)
def test_the_certificate_is_shown_to_apple_only(shop, apple, url):
    assert error_of(shop.post(PATH, {"validationUrl": url})) == (400, "invalid_field", "validationUrl")
    assert apple.asked == []


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (NeverSent("ConnectError", 1), (503, "provider_unavailable")),
        (Response(417, {}, b"{}", 1), (502, "provider_error")),
        (Response(200, {}, b"<html>", 1), (502, "provider_error")),
    ],
)
def test_without_a_session_the_page_is_told_so(shop, apple, answer, wrong):
    apple.answer = answer
    assert error_of(shop.post(PATH, {"validationUrl": APPLE}))[:2] == wrong


def test_without_a_certificate_there_are_no_sessions(shop):
    assert error_of(shop.post(PATH, {"validationUrl": APPLE}))[:2] == (501, "unsupported_operation")


def test_a_certificate_that_cannot_be_used_is_told_without_its_path(shop, settings, tmp_path):
    file = tmp_path / "apple.pem"
    file.write_text("no certificate")
    settings.APPLEPAY_CERTIFICATE_FILE, settings.APPLEPAY_MERCHANT_IDENTIFIER = str(file), "merchant.example.shop"
    with pytest.raises(ssl.SSLError):
        ssl.create_default_context().load_cert_chain(file)

    response = shop.post(PATH, {"validationUrl": APPLE})

    assert error_of(response)[:2] == (501, "unsupported_operation")
    assert str(tmp_path) not in response.text


# ---- tokenization


def token(system, payment, **over):
    return system.post("/pgm-bff/tokenization", {"sagaId": payment.public_id, "provider": "scripted"} | over)


def test_a_driver_without_the_call_is_told_so(shop, opened):
    assert error_of(token(shop, opened))[:2] == (501, "unsupported_operation")


@pytest.fixture
def utility(monkeypatch, script):
    """Let the driver have the call; it answers what the test puts here."""
    said: dict[str, Any] = {"answer": {"paymentToken": "tok_1"}}

    def answer(self: Any, call: Any, request: Any) -> Any:
        said["asked"] = (call.account.config["api_key"], request.name, dict(request.body))
        if isinstance(said["answer"], Exception):
            raise said["answer"]
        return said["answer"]

    monkeypatch.setattr(ScriptedDriver, "operations", ScriptedDriver.operations | {Operation.UTILITY})
    monkeypatch.setattr(ScriptedDriver, "utility", answer)
    return said


def test_the_providers_own_call_answers_a_page(page, opened, utility):
    assert token(page, opened, providerData={"shopLogin": "x"}).json() == {"paymentToken": "tok_1"}
    assert utility["asked"] == ("k", "payment/token", {"shopLogin": "x"})


def test_what_the_provider_refuses_is_no_fault_of_the_page(shop, opened, utility):
    utility["answer"] = OutcomeUnknown("no answer")
    assert error_of(token(shop, opened))[:2] == (502, "provider_error")


def test_a_card_number_goes_nowhere(page, opened, utility):
    assert error_of(token(page, opened, providerData={"pan": "4111111111111111"}))[:2] == (422, "unprocessable")
    assert "asked" not in utility
