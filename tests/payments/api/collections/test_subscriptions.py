"""`/fm-subscriptions` and `/subscriptions-view`: the published product's names, only the key's own rows."""

import json

import pytest

from paymenthub.kernel import clock
from payments.models import Payment, Subscription
from tests.payments.api.conftest import error_of
from tests.payments.subscriptions import world
from tests.payments.subscriptions.world import subscribed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row(project, account, script):
    world.opened(script)
    with clock.frozen(world.JANUARY):
        yield subscribed(
            project,
            shop_transaction_id="club-7",
            shop_subscription_id="member-7",
            additional_data={"channel": "web", "providerData": {"card": "tok-secret"}},
            buyer={"email": "ada@shop.test"},
        )


def test_the_saga_has_the_published_fields(shop, row):
    (document,) = shop.get("/fm-subscriptions").json()
    payment = Payment.objects.get()
    assert document["metadata"] == {
        "shopSubscriptionId": "member-7",
        "subscriptionToken": world.TOKEN,
        "transactions": [payment.public_id],
        "amount": 990,
        "currency": "EUR",
        "paymentMethod": "credit-cards",
        "provider": "scripted",
        "interval": "MONTH",
        "intervalCount": 1,
        "nextPaymentDate": "2027-02-28T09:30:00.000Z",
        "expirationDate": None,
        "expireRequested": False,
        "additionalData": {"channel": "web", "buyer": {"email": "ada@shop.test"}},
    }
    assert (document["_id"], document["sagaId"], document["isFinal"]) == (row.public_id, row.public_id, False)
    assert (document["currentState"], document["businessStateId"]) == ("ACTIVE", "1")
    assert document["events"] == ["create", "start", "paymentExecuted"]
    assert [step["state"] for step in document["history"]["states"]] == ["CREATED", "PAYMENT_PENDING", "ACTIVE"]
    assert document["latestEvent"]["messageLabel"] == "paymentExecuted"
    assert shop.get(f"/fm-subscriptions/{row.public_id}").json() == document


def test_the_view_is_for_people(shop, row):
    (viewed,) = shop.get("/subscriptions-view/").json()
    payment = Payment.objects.get()
    assert (viewed["amount"], viewed["status"], viewed["paymentMethod"]) == (9.9, "active", "Credit Card")
    assert viewed["transactions"] == [
        {
            "date": viewed["transactions"][0]["date"],
            "_id": payment.public_id,
            "shopTransactionId": "club-7",
            "amount": 9.9,
            "status": "Paid",
        }
    ]
    for state, word in (("CREATED", "created"), ("EXPIRED", "not active"), ("ABORTED", "not active"), ("X", "X")):
        Subscription.objects.update(state=state)
        assert shop.get("/subscriptions-view").json()[0]["status"] == word


@pytest.mark.parametrize("path", ["/fm-subscriptions", "/subscriptions-view"])
def test_filters_count_export_and_projection(shop, project, row, path):
    other = subscribed(project, shop_transaction_id="club-8")

    def found(**query):
        return [one["sagaId"] for one in shop.get(path, query).json()]

    assert found() == [other.public_id, row.public_id]
    assert found(**{"metadata.shopSubscriptionId": "member-7"}) == [row.public_id]
    assert found(_q=json.dumps({"sagaId": {"$in": [other.public_id]}})) == [other.public_id]
    assert found(_q=json.dumps({"$or": [{"currentState": "EXPIRED"}, {"metadata.amount": {"$gt": 990}}]})) == []
    assert found(_l="1", _sk="1") == [row.public_id]
    assert found(_st="TRASH") == []
    assert shop.get(f"{path}/count", {"currentState": "ACTIVE"}).json() == 2
    lines = b"".join(shop.get(f"{path}/export").streaming_content).decode().splitlines()
    assert [json.loads(line)["sagaId"] for line in lines] == [other.public_id, row.public_id]
    assert shop.get(path, {"_p": "currency", "_l": "1"}).json()[0].keys() <= {"_id", "currency", "metadata"}
    assert error_of(shop.get(path, {"metadata.shopTransactionId": "x"}))[:2] == (400, "invalid_field")
    assert error_of(shop.get(path, {"_q": '{"metadata.paymentId": "x"}'}))[:2] == (400, "invalid_field")


def test_nobody_else_sees_them(stranger, live_shop, row):
    for other in (stranger, live_shop):
        assert other.get("/fm-subscriptions").json() == []
        assert other.get("/subscriptions-view/count").json() == 0
        assert other.get(f"/fm-subscriptions/{row.public_id}").status_code == 404
