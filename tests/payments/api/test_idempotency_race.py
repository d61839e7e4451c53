"""S3: requests with one key at the same moment, on threads with connections of their own: one piece of work."""

import pytest
from django.test import Client

from payments.api import idempotent
from payments.models import Attempt, IdempotencyRecord, Payment, Refund
from tests.concurrency import race

from . import payments
from .bodies import pay_body
from .conftest import OrderSystem

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 12
KEY = "one-key"


def at_once(shop, path, body, **headers):
    def send():
        response = OrderSystem(shop.secret, Client()).post(path, body, **headers)
        return response.status_code, response.json()

    answers = race.together(*[send] * THREADS)
    assert race.errors_in(answers) == []
    return answers


def one_answer(answers, *, words=("OK",)):
    """Every 200 tells of the same thing; everybody else is told to come back."""
    done = [body for status, body in answers if status == 200]
    others = [(status, body["code"]) for status, body in answers if status != 200]
    assert set(others) <= {(409, "idempotency_in_flight")}
    assert done
    assert {body["result"] for body in done} <= set(words)
    return done


def test_s3_many_pays_with_one_key_make_one_attempt(shop, script):
    payments.succeed(script)
    done = one_answer(
        at_once(shop, "/scripted/credit-cards/pay", pay_body(), Idempotency_Key=KEY), words=("OK", "PENDING")
    )
    assert len({body["metadata"]["hubPaymentId"] for body in done}) == 1
    assert (Payment.objects.count(), Attempt.objects.count(), script.count("pay")) == (1, 1, 1)
    assert IdempotencyRecord.objects.get().body["result"] == "OK"


def test_s3_many_pays_with_a_key_each_make_one_attempt_too(shop, script):
    payments.succeed(script)

    def send(number):
        client = OrderSystem(shop.secret, Client())
        return lambda: client.pay(pay_body(), Idempotency_Key=f"key-{number}").json()

    answers = race.together(*[send(number) for number in range(THREADS)])
    assert race.errors_in(answers) == []
    assert {answer["result"] for answer in answers} <= {"OK", "PENDING"}
    assert len({answer["metadata"]["hubPaymentId"] for answer in answers}) == 1
    assert script.count("pay") == 1


@pytest.mark.parametrize("amount", [100, 1299])
def test_s3_many_refunds_with_one_key_make_one_refund(shop, script, amount):
    paid = payments.pay(shop, script)
    body = {"paymentId": paid.public_id, "amount": amount, "currency": "EUR"}
    done = one_answer(at_once(shop, "/scripted/refund", body, Idempotency_Key=KEY))
    assert len({body["metadata"]["refundId"] for body in done}) == 1
    assert (Refund.objects.count(), script.count("refund")) == (1, 1)


def test_s3_many_captures_with_one_key_make_one_capture(shop, script):
    held = payments.hold(shop, script)
    one_answer(at_once(shop, "/scripted/capture", {"paymentId": held.public_id}, Idempotency_Key=KEY))
    assert script.count("capture") == 1


def test_control_without_the_second_look_a_duplicate_is_refused_as_if_it_were_new(shop, script, monkeypatch):
    """The refusals that the first request brought about would reach the others: here is the code that prevents it."""

    def once(claim, work):
        earlier = claim.replay()
        return idempotent._replay(earlier) if earlier is not None else work()

    monkeypatch.setattr(idempotent, "_once", once)
    seen: set[str] = set()
    for number in range(20):
        if "over_refund" in seen:
            break
        paid = payments.pay(shop, script, shopTransactionId=f"order-{number}")
        body = {"paymentId": paid.public_id, "amount": 1299, "currency": "EUR"}
        answers = at_once(shop, "/scripted/refund", body, Idempotency_Key=f"key-{number}")
        seen |= {body["code"] for status, body in answers if status != 200}
    assert "over_refund" in seen
