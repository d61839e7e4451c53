"""POST /pgm-bff/refund and /refund/bulk: exact amounts, one refund for a double click, and who may ask."""

import json

import pytest

from paymenthub.kernel.money import Money
from payments.models import Payment, Refund, RefundBatch
from payments.services.merchants import create_api_key
from payments.services.pay import pay
from providers.types import Outcome
from tests import factories, scripted
from tests.concurrency.race import together
from tests.payments.api import payments
from tests.payments.api.conftest import OrderSystem, error_of

pytestmark = pytest.mark.django_db
REFUND, BULK = "/pgm-bff/refund", "/pgm-bff/refund/bulk"


@pytest.fixture
def paid(shop, script) -> Payment:
    return payments.pay(shop, script)


def paid_in(project, script, amount: int, currency: str) -> Payment:
    payments.succeed(script)
    script.pay = [scripted.payment(Outcome.SUCCEEDED, id=f"psp-{currency}", amount=amount, currency=currency)]
    return pay(factories.pay_command(project, money=Money(amount, currency))).payment


def body_of(payment, **amounts) -> dict:
    return {"sagaId": payment.public_id, "currency": payment.currency} | amounts


def refunds() -> list[int]:
    return list(Refund.objects.order_by("created_at").values_list("amount", flat=True))


@pytest.mark.parametrize(
    ("given", "minor"),
    [
        ("5.25", 525),
        ('"5.25"', 525),
        ("5", 500),
        ("0.1", 10),
        ("1.15", 115),
        ("12.990", 1299),
        ("1.2e1", 1200),
        ('"12.99"', 1299),
    ],
)
def test_major_units_are_read_exactly_as_they_are_written(backoffice, paid, given, minor):
    raw = json.dumps(body_of(paid)).replace("}", f', "remainingAmount": {given}}}')

    response = backoffice.send(REFUND, raw.encode())

    assert (response.status_code, response.json()["result"]) == (200, "OK"), response.content
    assert response.json()["metadata"]["amount"] == minor
    assert refunds() == [minor]


@pytest.mark.parametrize(
    ("currency", "captured", "given", "minor"),
    [("JPY", 500, 120, 120), ("KWD", 12345, "1.234", 1234), ("EUR", 1299, "1.23", 123)],
)
def test_each_currency_has_its_own_exponent(backoffice, project, account, script, currency, captured, given, minor):
    payment = paid_in(project, script, captured, currency)

    response = backoffice.post(REFUND, body_of(payment, remainingAmount=given))

    assert (response.status_code, refunds()) == (200, [minor]), response.content


@pytest.mark.parametrize(
    ("currency", "captured", "given"),
    [
        ("EUR", 1299, "5.255"),
        ("EUR", 1299, "5.2500000000000000001"),
        ("JPY", 500, "1.5"),
        ("KWD", 12345, "1.2345"),
        ("EUR", 1299, "0.00"),
        ("EUR", 1299, "-1"),
        ("EUR", 1299, "1e3x"),
        ("EUR", 1299, "1000000000000000"),
    ],
)
def test_what_is_too_precise_or_impossible_is_refused(backoffice, project, account, script, currency, captured, given):
    payment = paid_in(project, script, captured, currency)

    response = backoffice.post(REFUND, body_of(payment, remainingAmount=given))

    assert error_of(response) == (400, "invalid_field", "remainingAmount")
    assert refunds() == []


def test_a_number_that_a_float_would_round_is_refused_too(backoffice, paid):
    raw = json.dumps(body_of(paid)).replace("}", ', "remainingAmount": 5.2500000000000000001}')

    assert error_of(backoffice.send(REFUND, raw.encode())) == (400, "invalid_field", "remainingAmount")
    assert refunds() == []


@pytest.mark.parametrize(
    "amounts", [{}, {"amount": None}, {"amount": 500, "remainingAmount": 5}, {"remainingAmount": True}]
)
def test_both_amounts_or_neither_is_refused(backoffice, paid, amounts):
    response = backoffice.post(REFUND, body_of(paid, **amounts))

    assert error_of(response) == (400, "invalid_field", "remainingAmount")
    assert refunds() == []


def test_minor_units_are_taken_as_amount(backoffice, paid):
    assert backoffice.post(REFUND, body_of(paid, amount=75)).status_code == 200
    assert refunds() == [75]


def test_a_double_click_refunds_once_and_both_are_told_the_same(backoffice, paid, script):
    first = backoffice.post(REFUND, body_of(paid, remainingAmount="5.00"))
    again = backoffice.post(REFUND, body_of(paid, amount=500))

    assert first.json()["metadata"]["refundId"] == again.json()["metadata"]["refundId"]
    assert again["Idempotency-Replayed"] == "true"
    assert (refunds(), script.count("refund")) == ([500], 1)


def test_more_than_is_left_is_refused_by_the_service(backoffice, paid):
    assert error_of(backoffice.post(REFUND, body_of(paid, remainingAmount="13.00"))) == (422, "over_refund", "amount")
    assert refunds() == []


def test_another_currency_than_the_payments_is_refused(backoffice, paid):
    body = body_of(paid, remainingAmount="5.00") | {"currency": "USD"}
    assert error_of(backoffice.post(REFUND, body)) == (422, "unprocessable", "currency")


def test_another_project_finds_no_such_saga(stranger, paid):
    assert error_of(stranger.post(REFUND, body_of(paid, amount=100))) == (404, "not_found", "sagaId")


@pytest.mark.parametrize("path", [REFUND, BULK])
def test_a_key_that_may_only_pay_may_not_refund_here(shop, paid, path):
    assert error_of(shop.post(path, body_of(paid, amount=100)))[:2] == (403, "forbidden")


@pytest.mark.parametrize("path", [REFUND, BULK])
@pytest.mark.parametrize("origin", ["https://shop.example", "null"])
def test_a_call_with_an_origin_is_refused_whatever_its_key(backoffice, paid, path, origin):
    assert error_of(backoffice.post(path, body_of(paid, amount=100), Origin=origin))[:2] == (403, "forbidden")
    assert refunds() == []


def test_a_saga_of_an_outside_flow_manager_is_found_by_its_own_id(backoffice, paid):
    Payment.objects.filter(pk=paid.pk).update(flow_saga_id="payment-8a3f")

    response = backoffice.post(REFUND, {"sagaId": "payment-8a3f", "currency": "EUR", "amount": 100})

    assert (response.status_code, refunds()) == (200, [100])


# ---- bulk


def test_the_selected_rows_are_refunded_whole(backoffice, shop, script, paid):
    other = payments.pay(shop, script, shopTransactionId="order-2")
    backoffice.post(REFUND, body_of(other, amount=299))

    answer = backoffice.post(BULK, [row_of(paid), row_of(other)]).json()

    assert (answer["finished"], answer["counts"]) == (True, {"OK": 2})
    assert [row["amount"] for row in answer["rows"]] == [1299, 1000]
    assert sorted(refunds()) == [299, 1000, 1299]


def row_of(payment) -> dict:
    """As the table of the backoffice has it: amounts in major units, and more columns."""
    return {"sagaId": payment.public_id, "amount": 12.99, "remainingAmount": 12.99, "history": [{"event": "x"}]}


def test_a_double_click_on_rows_refunds_once(backoffice, paid, script):
    first, again = (backoffice.post(BULK, [row_of(paid)]).json() for _ in range(2))

    assert first == again
    assert (refunds(), RefundBatch.objects.count(), script.count("refund")) == ([1299], 1, 1)


def test_a_row_that_is_not_ours_is_an_error_of_its_own(backoffice, paid):
    answer = backoffice.post(BULK, [row_of(paid), {"sagaId": "pay_" + "0" * 32}]).json()

    assert [row["result"] for row in answer["rows"]] == ["OK", "ERROR"]
    assert answer["rows"][1]["error"]["code"] == "not_found"


def test_another_projects_row_is_not_refunded(stranger, paid):
    assert stranger.post(BULK, [row_of(paid)]).json()["rows"][0]["error"]["code"] == "not_found"
    assert refunds() == []


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"rows": []}, ("malformed_request", None)),
        ([], ("invalid_field", None)),
        ([{"sagaId": "x"}] * 1001, ("invalid_field", None)),
        ([{"sagaId": "x"}, "y"], ("invalid_field", "[1]")),
        ([{"paymentId": "x"}], ("invalid_field", "[0].sagaId")),
    ],
)
def test_what_is_no_selection_of_rows_is_refused(backoffice, body, wrong):
    assert error_of(backoffice.post(BULK, body)) == (400, *wrong)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_refund_once(project, account, script):
    payments.succeed(script)
    payment = pay(factories.pay_command(project)).payment
    secret = create_api_key(project=project, mode="test", scopes=["backoffice"]).secret

    def click():
        return OrderSystem(secret).post(REFUND, body_of(payment, remainingAmount="5.00")).json()

    seen = together(click, click)

    assert (refunds(), script.count("refund")) == ([500], 1)
    assert len({answer["metadata"]["refundId"] for answer in seen}) == 1
