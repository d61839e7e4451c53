"""GET /v1/payments/{id} and GET /v1/payments: everything about one, and all of them page by page."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from paymenthub.kernel import clock
from payments.api.hub import examples
from payments.api.hub.objects import PaymentDetail
from payments.api.hub.payments import PaymentPage
from payments.models import Payment
from payments.services.merchants import create_api_key
from providers.errors import OutcomeUnknown
from providers.types import Outcome
from tests import scripted
from tests.payments.api import payments
from tests.payments.api.bodies import pay_body
from tests.payments.api.conftest import error_of
from tests.payments.api.schemas import schema_of

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def eleven(shop, script):
    """Eleven payments, three of them at the same moment, of 100, 200, … 1100; the oldest first."""
    made = []
    for number in range(11):
        at = START + dt.timedelta(minutes=min(number, 8))
        with clock.frozen(at):
            made.append(payments.pay(shop, script, shopTransactionId=f"order-{number}", amount=100 * (number + 1)))
    return made


def ids(body):
    return [payment["id"] for payment in body["data"]]


def walk(shop, limit, **filters):
    """All pages, one after the other."""
    pages, cursor = [], None
    while True:
        body = shop.get("/v1/payments", {"limit": limit} | filters | ({"cursor": cursor} if cursor else {})).json()
        pages.append(ids(body))
        cursor = body["nextCursor"]
        if cursor is None:
            return pages


def test_a_payment_with_everything_that_belongs_to_it(shop, script):
    held = payments.hold(shop, script, buyer={"email": "ada@shop.test"}, additionalData={"basket": [1]})
    shop.post(f"/v1/payments/{held.public_id}/capture", {"amount": 1000, "final": False})
    script.refund = [OutcomeUnknown("timeout")]
    shop.post(f"/v1/payments/{held.public_id}/refunds", {"amount": 250, "reason": "returned"})

    body = shop.get(f"/v1/payments/{held.public_id}").json()

    Draft202012Validator(schema_of(PaymentDetail)).validate(body)
    assert (body["id"], body["paymentId"]) == (held.public_id, held.provider_payment_id)
    assert (body["status"], body["state"], body["inDoubt"]) == ("ACCEPTED", "REFUND_REQUESTED", True)
    assert (body["mode"], body["providerAccount"], body["captureMode"]) == ("test", "main", "manual")
    assert (body["buyer"], body["additionalData"]) == ({"email": "ada@shop.test"}, {"basket": [1]})
    assert body["authorizationExpiresAt"] is not None
    assert body["amounts"] == {
        "authorized": 1299,
        "captured": 1000,
        "capturable": 299,
        "refunded": 0,
        "refundReserved": 250,
        "refundedElsewhere": 0,
        "chargedBack": 0,
        "refundable": 750,
    }
    assert [(row["amount"], row["state"], row["inDoubt"]) for row in body["refunds"]] == [(250, "open", True)]
    assert [row["amount"] for row in body["captures"]] == [1000]
    assert [(row["kind"], row["state"]) for row in body["attempts"]] == [
        ("authorize", "SUCCEEDED"),
        ("capture", "SUCCEEDED"),
        ("refund", "UNKNOWN"),
    ]
    assert body["captures"][0]["attemptId"] == body["attempts"][1]["id"]
    assert body["attempts"][2]["refundId"] == body["refunds"][0]["id"]
    assert body["attempts"][0]["references"] == [{"kind": "payment", "value": held.provider_payment_id}]
    steps = [(step["number"], step["toState"]) for step in body["timeline"]]
    assert [number for number, _ in steps] == list(range(1, len(steps) + 1))
    assert steps[-1][1] == "REFUND_REQUESTED"
    assert {step["source"] for step in body["timeline"]} == {"api"}
    assert body["timeline"][-1]["evidence"].startswith("request:")
    assert body["timeline"][-1]["actor"].startswith("api_key:")
    assert "exchange" not in str(body)


@pytest.mark.parametrize("name", [lambda p: p.public_id, lambda p: str(p.id), lambda p: p.provider_payment_id])
def test_any_id_finds_it_and_read_is_enough(shop, project, script, name):
    paid = payments.pay(shop, script)
    for scopes in (["payments"], ["read"], ["backoffice"]):
        shop.secret = create_api_key(project=project, mode="test", scopes=scopes).secret
        assert shop.get(f"/v1/payments/{name(paid)}").json()["id"] == paid.public_id
    shop.secret = create_api_key(project=project, mode="test", scopes=["checkout"]).secret
    assert error_of(shop.get(f"/v1/payments/{name(paid)}")) == (403, "forbidden", None)


@pytest.mark.parametrize("wire_id", ["pay_" + "0" * 32, "nothing", "a%00b", "x" * 256])
def test_a_payment_that_is_not_there(shop, wire_id):
    assert error_of(shop.get(f"/v1/payments/{wire_id}")) == (404, "not_found", "paymentId")


def test_somebody_elses_payments_are_not_there(shop, stranger, live_shop, script):
    paid = payments.pay(shop, script)
    for other in (stranger, live_shop):
        assert error_of(other.get(f"/v1/payments/{paid.public_id}")) == (404, "not_found", "paymentId")
        assert error_of(other.get(f"/v1/payments/{paid.provider_payment_id}")) == (404, "not_found", "paymentId")
        assert other.get("/v1/payments").json() == {"data": [], "nextCursor": None}


def test_the_whole_of_a_payment_costs_the_same_however_much_belongs_to_it(shop, script):
    paid = payments.pay(shop, script)
    shop.get(f"/v1/payments/{paid.public_id}")
    with CaptureQueriesContext(connection) as before:
        shop.get(f"/v1/payments/{paid.public_id}")
    for amount in (100, 200, 300):
        shop.post(f"/v1/payments/{paid.public_id}/refunds", {"amount": amount})
    with CaptureQueriesContext(connection) as after:
        shop.get(f"/v1/payments/{paid.public_id}")
    assert len(before) == len(after) == 6


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 11, 200])
def test_pages_hold_every_payment_once_newest_first(shop, eleven, limit):
    pages = walk(shop, limit)
    expected = sorted(eleven, key=lambda payment: (payment.created_at, payment.id), reverse=True)
    assert [wire_id for page in pages for wire_id in page] == [payment.public_id for payment in expected]
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)


def test_a_page_does_not_move_when_new_payments_come(shop, eleven, script):
    first = shop.get("/v1/payments", {"limit": 5}).json()
    payments.pay(shop, script, shopTransactionId="new")
    second = shop.get("/v1/payments", {"limit": 5, "cursor": first["nextCursor"]}).json()
    assert set(ids(first)).isdisjoint(ids(second))
    assert ids(second) == ids(shop.get("/v1/payments", {"limit": 11}).json())[6:11]


def test_a_page_is_fifty_long_and_costs_two_queries(shop, script):
    for number in range(51):
        payments.pay(shop, script, shopTransactionId=f"order-{number}")
    with CaptureQueriesContext(connection) as captured:
        body = shop.get("/v1/payments").json()
    assert (len(body["data"]), body["nextCursor"] is not None, len(captured)) == (50, True, 2)


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"shopTransactionId": "order-3"}, [3]),
        ({"shopTransactionId": "order-33"}, []),
        ({"state": "PAYMENT_EXECUTED", "limit": 2}, [10, 9]),
        ({"state": "PAYMENT_FAILED"}, []),
        ({"status": "ACCEPTED", "limit": 1}, [10]),
        ({"status": "FAILED"}, []),
        ({"provider": "scripted", "limit": 1}, [10]),
        ({"provider": "other"}, []),
        ({"method": "credit-cards", "limit": 1}, [10]),
        ({"method": "wallet"}, []),
        ({"createdFrom": "2026-03-01T12:07:00Z"}, [10, 9, 8, 7]),
        ({"createdTo": "2026-03-01T12:02:00Z"}, [1, 0]),
        ({"createdFrom": "2026-03-01T13:02:00+01:00", "createdTo": "2026-03-01T12:04:00Z"}, [3, 2]),
        ({"amountFrom": 1000}, [10, 9]),
        ({"amountTo": 200}, [1, 0]),
        ({"amountFrom": 300, "amountTo": 300}, [2]),
        ({"amountFrom": 300, "amountTo": 500, "createdTo": "2026-03-01T12:04:00Z"}, [3, 2]),
    ],
)
def test_filters_hold_together(shop, eleven, filters, numbers):
    assert ids(shop.get("/v1/payments", filters).json()) == [eleven[number].public_id for number in numbers]


def test_the_three_words_divide_all_payments(shop, script):
    paid = payments.pay(shop, script, shopTransactionId="paid")
    held = payments.hold(shop, script, shopTransactionId="held")
    waiting = payments.wait(shop, script, shopTransactionId="waiting")
    cancelled = payments.hold(shop, script, shopTransactionId="cancelled")
    shop.post(f"/v1/payments/{cancelled.public_id}/cancel", {})
    for word, expected in (("ACCEPTED", {paid}), ("PENDING", {held, waiting}), ("FAILED", {cancelled})):
        body = shop.get("/v1/payments", {"status": word}).json()
        assert set(ids(body)) == {payment.public_id for payment in expected}
        assert {payment["status"] for payment in body["data"]} == {word}


def test_doubt_is_marked_in_the_list(shop, script):
    payments.pay(shop, script, shopTransactionId="sure")
    script.pay = [OutcomeUnknown("timeout")]
    shop.pay(pay_body(shopTransactionId="doubtful"))
    body = shop.get("/v1/payments").json()
    assert {p["shopTransactionId"]: p["inDoubt"] for p in body["data"]} == {"sure": False, "doubtful": True}


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "1.0"}, "limit"),
        ({"limit": "١"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "AAAA"}, "cursor"),
        ({"cursor": "é" * 32}, "cursor"),
        ({"cursor": "f_____________________________w=="}, "cursor"),
        ({"cursor": "f" + "_" * 31}, "cursor"),
        ({"status": "PAID"}, "status"),
        ({"state": "x" * 256}, "state"),
        ({"shopTransactionId": "a\x00b"}, "shopTransactionId"),
        ({"createdFrom": "yesterday"}, "createdFrom"),
        ({"createdFrom": "2026-03-01"}, "createdFrom"),
        ({"createdFrom": "2026-03-01T00:00:00"}, "createdFrom"),
        ({"createdTo": "0001-01-01T00:00:00+14:00"}, "createdTo"),
        ({"createdFrom": "2026-03-02T00:00:00Z", "createdTo": "2026-03-01T00:00:00Z"}, "createdTo"),
        ({"amountFrom": "12.50"}, "amountFrom"),
        ({"amountFrom": str(10**15 + 1)}, "amountFrom"),
        ({"amountFrom": "2", "amountTo": "1"}, "amountTo"),
        ({"shopTransactionID": "order-1"}, "shopTransactionID"),
        ({"page": "2"}, "page"),
    ],
)
def test_wrong_queries_are_refused(shop, query, param):
    assert error_of(shop.get("/v1/payments", query)) == (400, "invalid_field", param)


def test_answers_are_what_the_document_says(shop, script):
    payments.pay(shop, script)
    page = Draft202012Validator(schema_of(PaymentPage))
    page.validate(shop.get("/v1/payments").json())
    for example in examples.PAYMENT_PAGES.values():
        page.validate(example)
    for example in examples.PAYMENTS.values():
        Draft202012Validator(schema_of(PaymentDetail)).validate(example)
    documented = examples.PAYMENT_PAGES["a_page"]["nextCursor"]
    assert shop.get("/v1/payments", {"cursor": documented}).status_code == 200


def test_a_failed_payment_is_not_in_doubt_and_says_why(shop, script):
    script.pay = [scripted.payment(Outcome.DECLINED)]
    shop.pay(pay_body())
    body = shop.get(f"/v1/payments/{Payment.objects.get().public_id}").json()
    assert (body["status"], body["inDoubt"], body["captures"], body["refunds"]) == ("FAILED", False, [], [])
    assert (body["attempts"][0]["declineReason"], body["attempts"][0]["declineCode"]) == ("insufficient_funds", "51")
