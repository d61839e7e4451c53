"""The two collections: documents in both namings, filters, paging, counting, exporting; nobody else's sagas."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.models import Payment, PaymentType
from payments.services.merchants import create_api_key
from tests.payments.api.conftest import OrderSystem, error_of
from tests.payments.api.payments import pay, wait

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = pytest.mark.parametrize("collection", ["transactions-saga", "fm-transactions"])


@pytest.fixture
def three(shop, script) -> list[Payment]:
    """Two that are paid, one of them partly refunded, and one that waits; oldest first."""
    first = pay(
        shop, script, shopTransactionId="o-1", amount=1000, buyer={"name": "Ada"}, additionalData={"channel": "web"}
    )
    second = pay(shop, script, shopTransactionId="o-2", amount=2000)
    shop.post("/scripted/refund", {"paymentId": first.public_id, "amount": 300, "currency": "EUR"})
    return [first, second, wait(shop, script, shopTransactionId="o-3", amount=3000)]


def orders(response) -> list[str]:
    assert response.status_code == 200, response.text
    return [document["associatedEntityId"] for document in response.json()]


def test_a_document_in_todays_names(shop, three):
    (document,) = shop.get("/fm-transactions", {"metadata.shopTransactionId": "o-1"}).json()

    assert {name: document[name] for name in ("sagaId", "isFinal", "currentState", "businessStateId")} == {
        "sagaId": three[0].public_id,
        "isFinal": False,
        "currentState": "PARTIALLY_REFUNDED",
        "businessStateId": "2",
    }
    assert document["businessStateDescription"] == "PAYMENT_PARTIALLY_REFUNDED"
    assert document["events"] == [entry["event"] for entry in document["history"]["events"]]
    assert document["events"][-1] == document["latestEvent"]["messageLabel"] == "partialRefundExecuted"
    assert document["metadata"] == {
        "hubPaymentId": three[0].public_id,
        "paymentId": Payment.objects.get(pk=three[0].pk).provider_payment_id,
        "shopTransactionId": "o-1",
        "amount": 1000,
        "currency": "EUR",
        "provider": "scripted",
        "paymentMethod": "credit-cards",
        "type": "DIRECT",
        "additionalData": {"channel": "web", "buyer": {"name": "Ada"}},
        "payRequestData": {},
        "refundDetails": {"totalRefundedAmount": 300, "refundedAmounts": [300]},
    }


def test_a_document_in_the_first_names(shop, three):
    Payment.objects.filter(pk=three[1].pk).update(
        type=PaymentType.SUBSCRIPTION, saga_metadata={"payRequestData": {"providerData": {"t": 1}}, "paymentToken": "x"}
    )
    (document,) = shop.get("/transactions-saga", {"metadata.shopTransactionID": "o-2"}).json()

    assert list(document["metadata"]) == [
        *("shopTransactionID", "amount", "paymentMethod", "provider", "isRecurrent", "recurrenceDetails", "buyer"),
        *("paymentID", "sessionToken", "additionalData", "refundDetails", "payRequestData", "refundRequestData"),
    ]
    assert document["metadata"]["isRecurrent"] is True
    assert document["metadata"]["payRequestData"] == {}
    assert "providerData" not in json.dumps(document)


@BOTH
def test_the_list_is_newest_first_with_a_slash_and_without(shop, three, collection):
    assert orders(shop.get(f"/{collection}")) == ["o-3", "o-2", "o-1"]
    assert orders(shop.get(f"/{collection}/")) == ["o-3", "o-2", "o-1"]
    assert orders(shop.get(f"/{collection}", {"_s": "createdAt", "_l": 2, "_sk": 1})) == ["o-2", "o-3"]
    assert orders(shop.get(f"/{collection}", {"_s": "-metadata.amount"})) == ["o-3", "o-2", "o-1"]


def test_pages_go_on_by_cursor(shop, three):
    first = shop.get("/fm-transactions", {"_l": 2})
    second = shop.get("/fm-transactions", {"_l": 2, "_cursor": first["X-Next-Cursor"]})
    assert (orders(first), orders(second)) == (["o-3", "o-2"], ["o-1"])
    assert "X-Next-Cursor" not in second
    refused = shop.get("/fm-transactions", {"_sk": 1, "_cursor": first["X-Next-Cursor"]})
    assert error_of(refused) == (400, "invalid_field", "_cursor")


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ({}, ["o-3", "o-2", "o-1"]),
        ({"currentState": "PAYMENT_PENDING"}, ["o-3"]),
        ({"currentState": {"$ne": "PAYMENT_PENDING"}}, ["o-2", "o-1"]),
        ({"metadata.amount": {"$gt": 1000, "$lte": 3000}}, ["o-3", "o-2"]),
        ({"metadata.amount": {"$gte": 1000, "$lt": 2000}}, ["o-1"]),
        ({"metadata.shopTransactionId": {"$in": ["o-1", "o-3", "nobody"]}}, ["o-3", "o-1"]),
        ({"metadata.shopTransactionID": {"$nin": ["o-1"]}}, ["o-3", "o-2"]),
        ({"$or": [{"businessStateId": "2"}, {"currentState": "PAYMENT_PENDING"}]}, ["o-3", "o-1"]),
        ({"$and": [{"metadata.provider": "scripted"}, {"metadata.amount": 2000}]}, ["o-2"]),
        ({"$or": [{}, {"metadata.amount": 2000}]}, ["o-3", "o-2", "o-1"]),
        ({"createdAt": {"$gt": {"$date": "2020-01-01T00:00:00Z"}}}, ["o-3", "o-2", "o-1"]),
        ({"updatedAt": {"$lt": "2020-01-01T00:00:00Z"}}, []),
        ({"metadata.paymentId": {"$exists": False}}, []),
        ({"metadata.type": {"$exists": True}}, ["o-3", "o-2", "o-1"]),
        ({"sagaId": "payment-of-nobody"}, []),
    ],
)
def test_q(shop, three, q, found):
    text = json.dumps(q)
    assert orders(shop.get("/fm-transactions", {"_q": text})) == found
    assert shop.get("/fm-transactions/count", {"_q": text}).json() == len(found)


@pytest.mark.parametrize(
    ("q", "param"),
    [
        ("{", "_q"),
        ("[]", "_q"),
        ('{"$where": "1"}', "_q"),
        ('{"$nor": [{}]}', "_q"),
        ('{"$or": []}', "_q"),
        ('{"$or": {"a": 1}}', "_q"),
        ('{"currentState": {"$regex": "x"}}', "currentState"),
        ('{"currentState": {"$gt": "A"}}', "currentState"),
        ('{"metadata.additionalData": "x"}', "metadata.additionalData"),
        ('{"buyer__email": "x"}', "buyer__email"),
        ('{"metadata.amount": "12.5"}', "metadata.amount"),
        ('{"metadata.amount": true}', "metadata.amount"),
        ('{"metadata.amount": {"$in": 1}}', "metadata.amount"),
        ('{"createdAt": "yesterday"}', "createdAt"),
        ('{"createdAt": {"$gt": "2026-01-01T00:00:00"}}', "createdAt"),
        ('{"sagaId": {"$exists": 1}}', "sagaId"),
        ('{"sagaId": null}', "sagaId"),
        ('{"businessStateId": "99999999"}', "businessStateId"),
        (json.dumps({"$and": [{"$and": [{"$and": [{"$and": [{"$and": [{}]}]}]}]}]}), "_q"),
        (json.dumps({"$or": [{"metadata.amount": 1}] * 51}), "_q"),
        ("[" * 2000, "_q"),
    ],
)
def test_what_q_does_not_offer_is_refused(shop, q, param):
    assert error_of(shop.get("/fm-transactions", {"_q": q})) == (400, "invalid_field", param)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"_l": 201}, "_l"),
        ({"_l": 0}, "_l"),
        ({"_sk": -1}, "_sk"),
        ({"_s": "buyer"}, "_s"),
        ({"_st": "GONE"}, "_st"),
        ({"_rawp": "{}"}, "_rawp"),
        ({"metadata.buyer": "x"}, "metadata.buyer"),
        ({"_cursor": "x"}, "_cursor"),
        ({"_q": "{}" + " " * 4000}, "_q"),
    ],
)
def test_parameters_are_strict(shop, query, param):
    assert error_of(shop.get("/fm-transactions", query)) == (400, "invalid_field", param)


def test_a_projection_keeps_what_it_names(shop, three):
    found = shop.get("/fm-transactions", {"_p": "metadata.amount,currentState,nothing.here", "_l": 1}).json()
    assert found == [{"_id": three[2].public_id, "metadata": {"amount": 3000}, "currentState": "PAYMENT_PENDING"}]


@BOTH
def test_one_document_by_its_id(shop, three, collection):
    assert shop.get(f"/{collection}/{three[0].public_id}").json()["associatedEntityId"] == "o-1"
    assert error_of(shop.get(f"/{collection}/pay_0197a2c4d5e67f8091a2b3c4d5e6f708"))[:2] == (404, "not_found")


def test_a_saga_of_an_outside_flow_manager_is_found_by_its_own_id(shop, three):
    Payment.objects.filter(pk=three[1].pk).update(flow_saga_id="payment-77")
    assert orders(shop.get("/fm-transactions/", {"sagaId": "payment-77"})) == ["o-2"]
    assert shop.get("/fm-transactions/payment-77").json()["sagaId"] == "payment-77"
    assert orders(shop.get("/fm-transactions", {"metadata.paymentId": three[1].wire_id})) == ["o-2"]


@BOTH
def test_the_export_is_a_line_each(shop, three, collection):
    answer = shop.get(f"/{collection}/export", {"_p": "associatedEntityId"})
    assert answer["Content-Type"] == "application/x-ndjson"
    lines = answer.getvalue().decode().splitlines()
    assert [json.loads(line)["associatedEntityId"] for line in lines] == ["o-3", "o-2", "o-1"]
    assert shop.get(f"/{collection}/export", Accept="application/x-ndjson").status_code == 200


@BOTH
@pytest.mark.parametrize("path", ["", "/", "/count", "/export"])
def test_nobody_else_sees_them(three, stranger, live_shop, collection, path):
    for other in (stranger, live_shop):
        answer = other.get(f"/{collection}{path}")
        assert answer.getvalue() in (b"[]", b"0", b"")
        assert other.get(f"/{collection}/{three[0].public_id}").status_code == 404


def test_a_key_without_the_scope_and_other_methods_are_refused(shop, project):
    browser = OrderSystem(create_api_key(project=project, mode="test", scopes=["checkout"]).secret)
    assert browser.get("/fm-transactions").status_code == 403
    for path in ("/fm-transactions", "/fm-transactions/", "/fm-transactions/x"):
        assert shop.post(path, {}).status_code == 405


def test_a_page_costs_the_same_queries_however_many_it_holds(shop, three):
    shop.get("/fm-transactions", {"_l": 1})
    counts = []
    for limit in (1, 3):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shop.get("/fm-transactions", {"_l": limit, "_s": "createdAt"})
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5
