import pytest
from jsonschema import Draft202012Validator

from payments.api import examples
from payments.api.gateway.responses import PaymentStatus
from payments.models import OutboxEvent, Payment, PspReference
from payments.selectors.status import status_object
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome
from tests.factories import make_account
from tests.scripted import payment

from .bodies import pay_body
from .conftest import error_of
from .schemas import schema_of


@pytest.fixture
def pending(shop, script) -> Payment:
    """A payment that the provider has not decided."""
    script.pay = [payment(Outcome.PENDING)]
    script.fetch = [payment(Outcome.PENDING)]
    shop.pay(pay_body())
    return Payment.objects.get()


@pytest.mark.parametrize("prefix", ["", "/v3"])
@pytest.mark.parametrize("verb", ["status", "check"])
def test_the_status_is_read_from_the_provider(shop, script, pending, prefix, verb):
    script.fetch = [payment(Outcome.SUCCEEDED)]
    response = shop.get(f"{prefix}/scripted/{verb}", {"paymentId": "psp_1"})
    pending.refresh_from_db()
    assert response.status_code == 200
    assert response.json() == {
        "status": "ACCEPTED",
        "paymentId": "psp_1",
        "shopTransactionId": "order-1",
        "providerName": "scripted",
        "paymentMethod": "credit-cards",
        "action": "PAYMENT",
        "metadata": {
            "hubPaymentId": pending.public_id,
            "state": pending.state,
            "amount": 1299,
            "currency": "EUR",
            "capturedAmount": 1299,
            "totalRefundedAmount": 0,
        },
    }
    assert response.json() == status_object(pending)


def test_all_the_ids_of_a_payment_find_it(shop, pending):
    for wire_id in ("psp_1", pending.public_id, str(pending.id), pending.id.hex):
        assert shop.get("/scripted/status", {"paymentId": wire_id}).json()["shopTransactionId"] == "order-1"
    assert shop.get("/scripted/status", {"paymentID": "psp_1"}).status_code == 200


def test_an_id_that_looks_like_ours_and_is_the_providers_finds_it(shop, script):
    theirs = "0123456789abcdef0123456789abcdef"
    script.pay = [payment(Outcome.SUCCEEDED, id=theirs)]
    shop.pay(pay_body())
    assert shop.get("/scripted/status", {"paymentId": theirs}).json()["paymentId"] == theirs


@pytest.mark.parametrize("trouble", [Unavailable("down"), OutcomeUnknown("timeout")])
def test_a_provider_that_does_not_answer_leaves_it_pending(shop, script, pending, trouble):
    script.fetch = [trouble]
    assert shop.get("/scripted/status", {"paymentId": "psp_1"}).json()["status"] == "PENDING"


def test_status_tells_nobody_and_check_sends_the_callback_again(shop, pending):
    before = OutboxEvent.objects.count()
    shop.get("/scripted/status", {"paymentId": "psp_1"})
    assert OutboxEvent.objects.count() == before
    answer = shop.get("/scripted/check", {"paymentId": "psp_1"}).json()
    told = OutboxEvent.objects.order_by("sequence").last()
    assert OutboxEvent.objects.count() == before + 1
    assert (told.type, told.body) == ("payment.checked", answer)


@pytest.mark.parametrize("verb", ["status", "check"])
@pytest.mark.parametrize(
    "query", [{}, {"paymentId": ""}, {"paymentId": "  "}, {"paymentId": "x" * 256}, {"paymentId": "a\x00b"}]
)
def test_the_id_is_required_and_must_be_one(shop, verb, query):
    assert error_of(shop.get(f"/scripted/{verb}", query)) == (400, "invalid_field", "paymentId")


def test_two_ids_are_refused(shop, pending):
    response = shop.get("/scripted/status", {"paymentId": ["psp_1", "psp_2"]})
    assert error_of(response) == (400, "invalid_field", "paymentId")


@pytest.mark.parametrize("wire_id", ["psp_2", "pay_" + "0" * 32])
def test_an_unknown_payment_is_not_there(shop, pending, wire_id):
    assert error_of(shop.get("/scripted/status", {"paymentId": wire_id})) == (404, "not_found", "paymentId")


def test_a_payment_at_another_provider_is_not_there(shop, pending):
    assert error_of(shop.get("/other/status", {"paymentId": "psp_1"})) == (404, "not_found", "paymentId")
    assert error_of(shop.get("/other/status", {"paymentId": pending.public_id})) == (404, "not_found", "paymentId")


def test_one_id_for_payments_of_two_accounts_is_told(shop, script, project, pending):
    make_account(project, name="second", is_default=False)
    shop.pay(pay_body(shopTransactionId="order-2"), X_Provider_Account="second")
    assert PspReference.objects.filter(value="psp_1").count() == 2
    assert error_of(shop.get("/scripted/status", {"paymentId": "psp_1"})) == (409, "conflict", "paymentId")
    assert shop.get("/scripted/status", {"paymentId": pending.public_id}).status_code == 200


def test_answers_are_what_the_document_says(shop, pending):
    validator = Draft202012Validator(schema_of(PaymentStatus))
    validator.validate(shop.get("/scripted/status", {"paymentId": "psp_1"}).json())
    for example in examples.STATUSES.values():
        validator.validate(example)
