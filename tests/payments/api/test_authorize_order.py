"""POST /payments/authorize over HTTP: 201, 400, 402 and 409, and the keys."""

import json
import threading
import uuid

import pytest
from django.db import connections
from django.test import Client

from payments.models import OrderIntent
from payments.services.merchants import create_api_key
from payments.services.order_work import work
from providers.types import Outcome
from tests import factories
from tests.e2e.waiting import until
from tests.payments.orders.doing import settle
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(project, account) -> str:
    return create_api_key(project=project, mode="test", scopes=["payments"]).secret


def body(**over):
    return {"cartId": str(uuid.uuid4()), "amount": 1299, "currency": "EUR"} | over


def with_token(**over):
    named = {"provider": "scripted", "paymentMethod": "credit-cards", "providerData": {"token": "tok"}}
    return body(**named | over)


def send(key: str, content, **headers):
    sent = content if isinstance(content, bytes) else json.dumps(content)
    headers = {"Authorization": f"Bearer {key}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post("/payments/authorize", sent, "application/json", headers=headers)


def worker():
    """A worker that takes the next order up as soon as there is one."""

    def run():
        try:
            until(
                lambda: OrderIntent.objects.filter(work_due_at__isnull=False, has_token=True).exists(), "no order came"
            )
            work(OrderIntent.objects.get(has_token=True).id)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_the_catalogs_command_is_answered_with_an_address_to_pay_at(key, script):
    customer = str(uuid.uuid4())
    answer = send(key, body(customerId=customer))

    said = answer.json()
    assert (answer.status_code, said["status"], said["amount"], script.asked) == (201, "REQUESTED", 1299, [])
    assert said["checkoutUrl"].startswith("http://testserver/payment/start/")
    assert uuid.UUID(said["paymentId"]) != uuid.UUID(said["orderId"])


def test_with_a_token_it_is_answered_at_once_and_again_as_it_stands(key, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    wanted = with_token(orderId=str(uuid.uuid4()))

    first = send(key, wanted)
    settle(OrderIntent.objects.get())
    second = send(key, wanted)

    assert (first.status_code, first.json()["status"], first.json()["orderId"]) == (201, "REQUESTED", wanted["orderId"])
    assert "checkoutUrl" not in first.json()
    assert (second.status_code, second.json()["status"], second["Idempotency-Replayed"]) == (201, "SUCCEEDED", "true")
    assert (second.json()["paymentId"], script.count("pay")) == (first.json()["paymentId"], 1)


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.AUTHORIZED, 201), (Outcome.DECLINED, 402), (Outcome.ACTION_REQUIRED, 201)]
)
def test_wait_holds_the_answer_until_the_outcome_is_known(key, script, outcome, status):
    script.pay = [payment(outcome)]
    thread = worker()
    answer = send(key, with_token(wait=20))
    thread.join(20)

    assert answer.status_code == status
    said = answer.json()
    if outcome is Outcome.AUTHORIZED:
        assert said["status"] == "SUCCEEDED"
    if outcome is Outcome.ACTION_REQUIRED:
        assert (said["status"], "/payment/start/" in said["checkoutUrl"]) == ("REQUESTED", True)
    if outcome is Outcome.DECLINED:
        assert (said["code"], said["retryable"]) == ("payment_declined", False)
        assert said["details"]["reason"] == "INSUFFICIENT_FUNDS"


def test_a_decline_that_comes_after_the_wait_is_an_event_only(key, script, settings):
    script.pay = [payment(Outcome.DECLINED)]
    settings.ORDER_WAIT_MAX_SECONDS = 0.1

    answer = send(key, with_token(wait=1))
    settle(OrderIntent.objects.get())

    assert (answer.status_code, answer.json()["status"]) == (201, "REQUESTED")
    assert OrderIntent.objects.get().status == "FAILED"


def test_a_key_is_answered_the_same_for_ever_also_with_402(key, script):
    script.pay = [payment(Outcome.DECLINED)]
    wanted, other = with_token(wait=20), with_token(wait=20)
    thread = worker()
    first = send(key, wanted, Idempotency_Key="k-1")
    thread.join(20)

    again = send(key, wanted, Idempotency_Key="k-1")
    reused = send(key, other, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (402, 402, "true")
    assert again.json() == first.json()
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert (script.count("pay"), OrderIntent.objects.count()) == (1, 1)


def test_a_key_that_was_answered_before_the_outcome_replays_that(key, script):
    wanted = with_token()
    first = send(key, wanted, Idempotency_Key="k-2")
    again = send(key, wanted, Idempotency_Key="k-2")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())


def test_another_amount_for_a_cart_that_is_being_paid_is_409(key, script):
    wanted = body()
    send(key, wanted)
    answer = send(key, wanted | {"amount": 1300})
    assert (answer.status_code, answer.json()["code"]) == (409, "other_authorization")


def test_nothing_to_pay_succeeds_at_once(key, script):
    answer = send(key, body(amount=0))
    assert (answer.status_code, answer.json()["status"], script.asked) == (201, "SUCCEEDED", [])
    assert "checkoutUrl" not in answer.json()


@pytest.mark.parametrize(
    ("over", "param"),
    [
        ({"cartId": "c-1"}, "cartId"),
        ({"amount": -1}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 12.5}, "amount"),
        ({"amount": "1299"}, "amount"),
        ({"amount": 10**16}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "ZZZ"}, "currency"),
        ({"customerId": 7}, "customerId"),
        ({"orderId": ""}, "orderId"),
        ({"wait": 21}, "wait"),
        ({"wait": -1}, "wait"),
        ({"provider": "nobody"}, "provider"),
        ({"provider": "scripted", "paymentMethod": "cheque"}, "paymentMethod"),
        ({"amuont": 1}, "amuont"),
        ({"providerData": {"x": "y" * 70_000}}, "providerData"),
    ],
)
def test_a_wrong_field_is_400_and_named(key, script, over, param):
    answer = send(key, body(**over))
    assert (answer.status_code, answer.json()["param"]) == (400, param)
    assert OrderIntent.objects.count() == 0


def test_a_token_without_saying_whose_it_is_is_refused_where_several_could_take_it(account, key, script):
    account.methods = ["credit-cards", "wallet"]
    account.save()

    answer = send(key, body(providerData={"token": "tok"}))

    assert (answer.status_code, answer.json()["param"]) == (400, "paymentMethod")
    assert send(key, body()).status_code == 201


def test_a_card_number_is_refused_wherever_it_stands(key, script):
    answer = send(key, with_token(providerData={"number": "4242424242424242"}))
    assert (answer.status_code, answer.json()["param"]) == (422, "providerData.number")


def test_another_projects_cart_is_another_cart(key, script):
    stranger = factories.make_project()
    factories.make_account(stranger)
    theirs = create_api_key(project=stranger, mode="test", scopes=["payments"]).secret
    wanted = body()

    assert send(key, wanted).json()["paymentId"] != send(theirs, wanted).json()["paymentId"]
    reader = create_api_key(project=stranger, mode="test", scopes=["read"]).secret
    assert send(reader, wanted).status_code == 403
