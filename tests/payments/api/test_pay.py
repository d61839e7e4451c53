import pytest
from jsonschema import Draft202012Validator

from payments.api import examples
from payments.api.gateway.responses import PayResult
from payments.models import Payment
from providers.errors import OutcomeUnknown, Rejected, Unavailable
from providers.types import Action, Outcome
from tests.factories import make_account
from tests.scripted import payment

from .bodies import pay_body
from .conftest import error_of
from .schemas import schema_of


@pytest.mark.parametrize("prefix", ["", "/v3"])
def test_a_paid_payment_is_ok(shop, script, prefix):
    script.pay = [payment(Outcome.SUCCEEDED)]
    response = shop.pay(pay_body(), path=f"{prefix}/scripted/credit-cards/pay")
    made = Payment.objects.get()
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json() == {
        "result": "OK",
        "resultDescription": "Paid.",
        "paymentId": "psp_1",
        "metadata": {"hubPaymentId": made.public_id, "state": made.state},
    }
    assert (made.amount, made.currency, made.shop_transaction_id) == (1299, "EUR", "order-1")


def test_a_customer_who_must_act_is_sent_on(shop, script):
    script.pay = [
        payment(
            Outcome.ACTION_REQUIRED, action=Action(redirect_url="https://psp.test/1", redirect_url_mobile="psp://1")
        )
    ]
    body = shop.pay(pay_body()).json()
    assert body["result"] == "REDIRECT_TO_URL"
    assert (body["redirectToUrl"], body["redirectToUrlMobile"]) == ("https://psp.test/1", "psp://1")


def test_an_address_that_there_is_none_of_is_left_out(shop, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    body = shop.pay(pay_body()).json()
    assert body["redirectToUrl"] == "https://psp.test/checkout/1"
    assert "redirectToUrlMobile" not in body


@pytest.mark.parametrize(
    ("answer", "word", "says"),
    [
        (payment(Outcome.DECLINED), "KO", "Declined: insufficient funds."),
        (Rejected("no", psp_code="bad"), "KO", "Refused by the provider: invalid request."),
        (payment(Outcome.PENDING), "PENDING", "The provider has not decided yet."),
        (
            OutcomeUnknown("timeout"),
            "PENDING",
            "Sent, but the provider has not answered. Ask for the status; do not pay again under another id.",
        ),
    ],
)
def test_refusals_and_doubt_are_words_and_no_errors(shop, script, answer, word, says):
    script.pay = [answer]
    response = shop.pay(pay_body())
    body = response.json()
    assert (response.status_code, body["result"], body["resultDescription"]) == (200, word, says)
    assert "redirectToUrl" not in body


def test_an_id_of_ours_stands_in_while_the_provider_gave_none(shop, script):
    script.pay = [OutcomeUnknown("timeout")]
    body = shop.pay(pay_body()).json()
    assert body["paymentId"] == body["metadata"]["hubPaymentId"] == Payment.objects.get().public_id


def test_a_provider_that_was_not_reached_is_503_and_may_be_tried_again(shop, script):
    script.pay = [Unavailable("refused"), payment(Outcome.SUCCEEDED)]
    response = shop.pay(pay_body())
    assert error_of(response) == (503, "provider_unavailable", None)
    assert response.json()["retryable"] is True
    assert response["Retry-After"] == "1"
    again = shop.pay(pay_body())
    assert again.json()["result"] == "OK"
    assert Payment.objects.count() == 1


def test_the_same_request_again_is_answered_with_the_first_one_and_says_so(shop, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    first = shop.pay(pay_body())
    second = shop.pay(pay_body())
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()
    assert script.count("pay") == 1


def test_the_same_id_for_something_else_is_refused(shop, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    shop.pay(pay_body())
    response = shop.pay(pay_body(amount=1300))
    assert error_of(response) == (409, "duplicate_transaction", "shopTransactionId")
    assert response.json()["details"] == {"paymentId": "psp_1"}
    assert Payment.objects.count() == 1


def test_older_names_are_taken(shop, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    body = {
        "amount": 1299,
        "currency": "EUR",
        "shopTransactionID": "order-7",
        "successRedirect": "https://shop.test/yes",
        "failureRedirect": "https://shop.test/no",
    }
    assert shop.pay(body).json()["result"] == "OK"
    made = Payment.objects.get()
    assert made.shop_transaction_id == "order-7"
    assert (made.success_redirect_url, made.failure_redirect_url) == ("https://shop.test/yes", "https://shop.test/no")


def test_both_names_with_one_value_are_taken(shop, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    assert shop.pay(pay_body(shopTransactionID="order-1")).json()["result"] == "OK"


def test_everything_that_is_ours_to_keep_is_kept_and_provider_data_is_only_passed_on(shop, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    body = pay_body(
        description="Two mugs",
        locale="it-IT",
        callbackUrl="https://shop.test/news",
        buyer={"id": "c1", "name": "Ada", "email": "ada@shop.test", "nickname": "ignored"},
        additionalData={"basket": [1, {"sku": "mug"}]},
        providerData={"token": "tok_visa"},
        somethingElse={"of": "PGM"},
    )
    assert shop.pay(body).json()["result"] == "OK"
    made = Payment.objects.get()
    assert (made.description, made.locale, made.callback_url) == ("Two mugs", "it-IT", "https://shop.test/news")
    assert made.buyer == {"id": "c1", "name": "Ada", "email": "ada@shop.test"}
    assert made.additional_data == {"basket": [1, {"sku": "mug"}]}
    _, _, request = script.asked[0]
    assert request.provider_data == {"token": "tok_visa"}


def test_null_counts_as_not_given(shop, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    body = pay_body() | {"successRedirectUrl": None, "providerData": None, "buyer": None}
    assert shop.pay(body).json()["result"] == "OK"


def test_another_account_is_picked_by_its_name(shop, script, project):
    script.pay = [payment(Outcome.SUCCEEDED)]
    second = make_account(project, name="second", is_default=False)
    assert shop.pay(pay_body(), X_Provider_Account="second").json()["result"] == "OK"
    assert Payment.objects.get().provider_account == second


@pytest.mark.parametrize(("name", "status"), [("nobody", 404), ("x" * 65, 400)])
def test_an_account_that_is_not_there_is_refused(shop, name, status):
    assert shop.pay(pay_body(), X_Provider_Account=name).status_code == status
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/nobody/credit-cards/pay", (404, "not_found", "provider")),
        ("/v3/nobody/credit-cards/pay", (404, "not_found", "provider")),
        ("/scripted/carrier-pigeon/pay", (404, "not_found", "method")),
        ("/scripted/wallet/pay", (404, "not_found", "method")),
        ("/payment/credit-cards/pay", (404, "not_found", None)),
        ("/v3/v3/credit-cards/pay", (404, "not_found", None)),
        ("/v3/credit-cards/pay", (404, "not_found", None)),
        ("/Scripted/credit-cards/pay", (404, "not_found", None)),
        (f"/{'a' * 33}/credit-cards/pay", (404, "not_found", None)),
    ],
)
def test_what_is_not_offered_is_not_there(shop, path, expected):
    assert error_of(shop.pay(pay_body(), path=path)) == expected
    assert not Payment.objects.exists()


def test_an_operation_the_provider_lacks_is_501(shop, settings):
    settings.PROVIDER_DRIVERS = ["tests.payments.api.drivers.MuteDriver"]
    response = shop.pay(pay_body(), path="/mute/credit-cards/pay")
    assert error_of(response) == (501, "unsupported_operation", None)
    assert not Payment.objects.exists()


def test_a_currency_the_provider_does_not_take_is_422(shop):
    assert error_of(shop.pay(pay_body(currency="GBP"))) == (422, "unprocessable", "currency")
    assert not Payment.objects.exists()


def test_answers_are_what_the_document_says(shop, script):
    validator = Draft202012Validator(schema_of(PayResult))
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    answers = [shop.pay(pay_body()).json(), *examples.PAY_RESULTS.values()]
    for answer in answers:
        validator.validate(answer)


@pytest.mark.parametrize("example", examples.PAY_REQUESTS.values(), ids=examples.PAY_REQUESTS.keys())
def test_the_documented_requests_work(shop, script, example):
    script.pay = [payment(Outcome.SUCCEEDED)]
    assert shop.pay(example).json()["result"] == "OK"
