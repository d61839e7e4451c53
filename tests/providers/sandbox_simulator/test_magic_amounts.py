"""Ask for every fault by its amount."""

import httpx
import pytest

from .process import DELAY

DECLINES = {
    61: "insufficient_funds",
    62: "expired_card",
    63: "do_not_honor",
    64: "stolen_card",
    65: "processing_error",
}


@pytest.mark.parametrize(("ending", "code"), DECLINES.items())
def test_declines(sandpay, receiver, ending, code):
    url = receiver.url()
    payment = sandpay.payment(1200 + ending, notification_url=url)
    assert (payment["status"], payment["decline_code"]) == ("declined", code)
    assert sandpay.ledger(payment["reference"]) == []
    assert receiver.wait(url, 1)[0].type == "payment.declined"


def test_the_token_decides_where_the_amount_does_not(sandpay):
    assert sandpay.payment(token="tok_declined")["status"] == "declined"
    assert sandpay.payment(1261, token="tok_declined")["decline_code"] == "insufficient_funds"
    assert sandpay.payment(token="tok_3ds")["checkout_url"]


def test_66_asks_the_customer_and_then_takes_the_money_once(sandpay):
    payment = sandpay.payment(1266)
    assert payment["status"] == "awaiting_customer"
    assert "Is it you?" in httpx.get(payment["checkout_url"]).text
    for _ in range(2):
        assert httpx.post(f"{payment['checkout_url']}/confirm", data={"action": "confirm"}).status_code == 303
    assert sandpay.fetch(payment["id"])["status"] == "paid"
    assert sandpay.ledger(payment["reference"]) == [("charge", 1266)]


@pytest.mark.parametrize(("ending", "end", "moved"), [(67, "paid", [("charge", 1267)]), (68, "declined", [])])
def test_pending_payments_settle(sandpay, receiver, ending, end, moved):
    url = receiver.url()
    payment = sandpay.payment(1200 + ending, notification_url=url)
    assert payment["status"] == "processing"
    hook = receiver.wait(url, 1)[0]
    assert (hook.type, hook.object["status"]) == (f"payment.{end}", end)
    assert sandpay.fetch(payment["id"])["status"] == end
    assert sandpay.ledger(payment["reference"]) == moved


def test_69_answers_late_and_the_key_is_busy_meanwhile(sandpay, receiver):
    url = receiver.url()
    body = sandpay.body(1269, notification_url=url)
    with httpx.Client(base_url=sandpay.url, headers=sandpay.api.headers) as impatient, pytest.raises(httpx.ReadTimeout):
        impatient.post("/v1/payments", json=body, headers={"Idempotency-Key": "late-1"}, timeout=DELAY / 2)
    replay = sandpay.post("/v1/payments", body, key="late-1")
    assert (replay.status_code, replay.headers["idempotent-replayed"]) == (201, "true")
    patient = sandpay.pay(1269)
    assert patient.status_code == 201
    assert patient.elapsed.total_seconds() >= DELAY
    assert sandpay.ledger(body["reference"]) == [("charge", 1269)]


def _lost(sandpay, amount, timeout=10.0):
    """Charge so that no usable answer comes; returns the body, the key and what came instead."""
    body = sandpay.body(amount)
    key = f"lost-{body['reference']}"
    try:
        answer = httpx.post(
            f"{sandpay.url}/v1/payments",
            json=body,
            headers={**sandpay.api.headers, "Idempotency-Key": key},
            timeout=timeout,
        )
    except httpx.TransportError as error:
        return body, key, error
    return body, key, answer


def _charged_once_and_replayed(sandpay, body, key):
    replay = sandpay.post("/v1/payments", body, key=key)
    assert (replay.status_code, replay.headers["idempotent-replayed"]) == (201, "true")
    assert replay.json()["status"] == "paid"
    assert [found["id"] for found in sandpay.by_reference(body["reference"])] == [replay.json()["id"]]
    assert sandpay.ledger(body["reference"]) == [("charge", body["amount"])]


def test_71_charges_and_never_answers(sandpay):
    body, key, came = _lost(sandpay, 1271, timeout=0.4)
    assert isinstance(came, httpx.ReadTimeout)
    _charged_once_and_replayed(sandpay, body, key)


def test_72_fails_before_charging_and_remembers_nothing(sandpay):
    body, key, came = _lost(sandpay, 1272)
    assert (came.status_code, came.json()["error"]["type"]) == (500, "api_error")
    assert sandpay.by_reference(body["reference"]) == []
    assert sandpay.ledger(body["reference"]) == []
    assert "idempotent-replayed" not in sandpay.post("/v1/payments", body, key=key).headers


def test_73_charges_and_answers_500(sandpay):
    body, key, came = _lost(sandpay, 1273)
    assert came.status_code == 500
    _charged_once_and_replayed(sandpay, body, key)


def test_74_charges_and_hangs_up(sandpay):
    body, key, came = _lost(sandpay, 1274)
    assert isinstance(came, httpx.RemoteProtocolError | httpx.ReadError)
    _charged_once_and_replayed(sandpay, body, key)


def test_76_charges_and_answers_html(sandpay):
    body, key, came = _lost(sandpay, 1276)
    assert (came.status_code, came.headers["content-type"]) == (200, "text/html; charset=utf-8")
    _charged_once_and_replayed(sandpay, body, key)


def test_77_answers_an_unknown_word_and_the_truth_when_asked(sandpay):
    payment = sandpay.payment(1277)
    assert payment["status"] == "under_observation"
    assert sandpay.fetch(payment["id"])["status"] == "paid"


def test_78_delivers_the_webhook_before_the_answer(sandpay, receiver):
    url = receiver.url()
    payment = sandpay.payment(1278, notification_url=url)
    (hook,) = receiver.got(url)
    assert (hook.type, hook.object["id"], hook.genuine()) == ("payment.paid", payment["id"], True)


def test_79_delivers_the_same_event_twice(sandpay, receiver):
    url = receiver.url()
    sandpay.payment(1279, notification_url=url)
    first, second = receiver.wait(url, 2)
    assert first.event["id"] == second.event["id"]
    assert first.genuine()
    assert second.genuine()


def test_81_tells_paid_before_authorized(sandpay, receiver):
    url = receiver.url()
    sandpay.payment(1281, notification_url=url)
    first, second = receiver.wait(url, 2)
    assert [first.type, second.type] == ["payment.paid", "payment.authorized"]
    assert second.event["created"] < first.event["created"]
    assert (second.object["status"], second.object["amount_captured"]) == ("authorized", 0)


def test_82_sends_a_forgery_first(sandpay, receiver):
    url = receiver.url()
    sandpay.payment(1282, notification_url=url)
    assert [hook.genuine() for hook in receiver.wait(url, 2)] == [False, True]


def test_83_sends_a_wrong_amount_first(sandpay, receiver):
    url = receiver.url()
    sandpay.payment(1283, notification_url=url)
    first, second = receiver.wait(url, 2)
    assert [first.object["amount"], second.object["amount"]] == [1284, 1283]
    assert first.event["id"] != second.event["id"]
    assert first.genuine()
    assert second.genuine()


def test_84_never_sends_the_webhook(sandpay, receiver):
    url = receiver.url()
    payment = sandpay.payment(1284, notification_url=url)
    log = sandpay.desk.get("/control/webhooks", params={"payment": payment["id"]}).json()["data"]
    assert [(row["state"], row["attempts"]) for row in log] == [("suppressed", [])]
    assert receiver.got(url) == []


def _refund(sandpay, receiver, amount):
    url = receiver.url()
    payment = sandpay.payment(amount, notification_url=url)
    refund = sandpay.post(f"/v1/payments/{payment['id']}/refunds", {"amount": amount}).json()
    return payment, refund, url


def test_86_refunds_later_and_keeps_the_amount_reserved(sandpay, receiver):
    payment, refund, url = _refund(sandpay, receiver, 1286)
    assert refund["status"] == "pending"
    second = sandpay.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 1286})
    assert second.json()["error"]["code"] == "amount_too_large"
    hooks = receiver.wait(url, 3)
    assert [hook.type for hook in hooks] == ["payment.paid", "refund.pending", "refund.succeeded"]
    assert (hooks[2].object["object"], hooks[2].object["id"]) == ("refund", refund["id"])
    assert sandpay.ledger(payment["reference"]) == [("charge", 1286), ("refund", 1286)]


def test_87_fails_the_refund(sandpay, receiver):
    payment, refund, url = _refund(sandpay, receiver, 1287)
    assert (refund["status"], refund["failure_code"]) == ("failed", "refund_not_possible")
    assert receiver.wait(url, 2)[1].type == "refund.failed"
    assert sandpay.ledger(payment["reference"]) == [("charge", 1287)]


def test_88_reverses_the_refund(sandpay, receiver):
    payment, refund, url = _refund(sandpay, receiver, 1288)
    assert refund["status"] == "succeeded"
    hooks = receiver.wait(url, 3)
    assert [hook.type for hook in hooks] == ["payment.paid", "refund.succeeded", "refund.reversed"]
    shown = sandpay.api.get(f"/v1/refunds/{refund['id']}").json()
    assert (shown["status"], shown["failure_code"]) == ("reversed", None)
    assert sandpay.fetch(payment["id"])["amount_refunded"] == 0
    entries = [("charge", 1288), ("refund", 1288), ("refund_reversed", 1288)]
    assert sandpay.ledger(payment["reference"]) == entries
