"""Tell what the API does when nothing is broken."""

import pytest


def test_an_ordinary_price_is_paid_at_once(sandpay):
    payment = sandpay.payment(4999, metadata={"cart": "7"}, customer={"email": "a@shop.test", "name": None})
    assert (payment["status"], payment["amount_captured"], payment["amount_authorized"]) == ("paid", 4999, 4999)
    assert (payment["object"], payment["live"], payment["checkout_url"]) == ("payment", False, None)
    assert [capture["amount"] for capture in payment["captures"]] == [4999]
    assert sandpay.fetch(payment["id"]) == payment
    assert sandpay.ledger(payment["reference"]) == [("charge", 4999)]


@pytest.mark.parametrize("amount", [1, 61, 99, 100, 1000, 1250, 1270, 1275, 1280, 1285, 1299, 10**15])
def test_prices_without_a_magic_ending_approve(sandpay, amount):
    assert sandpay.payment(amount)["status"] == "paid"


def test_a_payment_without_a_token_waits_for_its_customer(sandpay):
    payment = sandpay.payment(1261, token=None)
    assert payment["status"] == "awaiting_customer"
    assert payment["checkout_url"] == f"{sandpay.url}/pay/{payment['id']}"
    assert sandpay.ledger(payment["reference"]) == []


def test_look_ups_answer_newest_first_and_empty_where_unknown(sandpay):
    first = sandpay.payment(reference="twice-the-same", key="lookup-1")
    second = sandpay.payment(reference="twice-the-same", key="lookup-2")
    assert [found["id"] for found in sandpay.by_reference("twice-the-same")] == [second["id"], first["id"]]
    by_key = sandpay.api.get("/v1/payments", params={"idempotency_key": "lookup-1"}).json()["data"]
    assert [found["id"] for found in by_key] == [first["id"]]
    assert sandpay.by_reference("never seen") == []


def test_a_manual_payment_is_captured_in_parts(sandpay):
    payment = sandpay.payment(5000, capture="manual")
    assert (payment["status"], payment["amount_captured"]) == ("authorized", 0)
    path = f"/v1/payments/{payment['id']}/captures"
    first = sandpay.post(path, {"amount": 2000, "final": False, "reference": "box 1"})
    assert (first.status_code, first.json()["object"], first.json()["amount"]) == (201, "capture", 2000)
    assert (first.json()["payment"], first.json()["status"], first.json()["reference"]) == (
        payment["id"],
        "succeeded",
        "box 1",
    )
    too_much = sandpay.post(path, {"amount": 3001, "final": False})
    assert (too_much.status_code, too_much.json()["error"]["code"]) == (409, "amount_too_large")
    assert sandpay.post(path, {"amount": 1000, "final": True}).status_code == 201
    over = sandpay.post(path, {"amount": 1, "final": False})
    assert (over.status_code, over.json()["error"]["type"], over.json()["error"]["code"]) == (
        409,
        "invalid_state",
        "wrong_status",
    )
    entries = [("authorize", 5000), ("capture", 2000), ("capture", 1000), ("release", 2000)]
    assert sandpay.ledger(payment["reference"]) == entries
    assert (sandpay.fetch(payment["id"])["status"], sandpay.fetch(payment["id"])["amount_captured"]) == ("paid", 3000)


def test_cancelling_gives_the_reservation_free_and_a_paid_payment_cannot_be_cancelled(sandpay):
    payment = sandpay.payment(5000, capture="manual")
    cancelled = sandpay.post(f"/v1/payments/{payment['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert sandpay.ledger(payment["reference"]) == [("authorize", 5000), ("release", 5000)]
    paid = sandpay.payment()
    refused = sandpay.post(f"/v1/payments/{paid['id']}/cancel")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "wrong_status")


def test_expiring_is_for_waiting_payments_only(sandpay):
    waiting = sandpay.payment(token=None)
    assert sandpay.post(f"/v1/payments/{waiting['id']}/expire").json()["status"] == "expired"
    assert sandpay.post(f"/v1/payments/{waiting['id']}/expire").status_code == 409


def test_refunds_go_up_to_what_was_captured(sandpay):
    payment = sandpay.payment(1000)
    path = f"/v1/payments/{payment['id']}/refunds"
    refund = sandpay.post(path, {"amount": 400, "reason": "late", "reference": f"rf-{payment['id']}"})
    assert (refund.status_code, refund.json()["status"], refund.json()["amount"]) == (201, "succeeded", 400)
    assert sandpay.api.get(f"/v1/refunds/{refund.json()['id']}").json() == refund.json()
    listed = sandpay.api.get("/v1/refunds", params={"reference": f"rf-{payment['id']}"}).json()["data"]
    assert listed == [refund.json()]
    too_much = sandpay.post(path, {"amount": 601})
    assert (too_much.status_code, too_much.json()["error"]["code"]) == (409, "amount_too_large")
    assert sandpay.post(path, {"amount": 600}).status_code == 201
    shown = sandpay.fetch(payment["id"])
    assert (shown["amount_refunded"], len(shown["refunds"])) == (1000, 2)
    assert sandpay.ledger(payment["reference"]) == [("charge", 1000), ("refund", 400), ("refund", 600)]


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"amount": 10**15 + 1},
        {"amount": 12.0},
        {"amount": True},
        {"amount": "1299"},
        {"currency": "eur"},
        {"currency": "ZZZ"},
        {"reference": ""},
        {"reference": "x" * 65},
        {"method": "cash"},
        {"capture": "later"},
        {"return_url": "javascript:alert(1)"},
        {"return_url": "http://user@shop.test/"},
        {"expires_in": 59},
        {"metadata": {"n": 1}},
        {"surprise": 1},
        {"token": "visa"},
        {"token": "4242424242424242"},
        {"token": "tok_4242 4242 4242 4242"},
    ],
    ids=str,
)
def test_bad_requests_are_refused_and_do_nothing(sandpay, change):
    body = {**sandpay.body(), **change}
    answer = sandpay.post("/v1/payments", body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request")
    assert answer.json()["error"]["request_id"] == answer.headers["sandpay-request-id"]
    if body["reference"]:
        assert sandpay.by_reference(body["reference"]) == []


def test_bodies_that_are_no_json_or_too_long_are_refused(sandpay):
    headers = {"Idempotency-Key": "not-json"}
    assert sandpay.api.post("/v1/payments", content=b"{", headers=headers).status_code == 400
    assert sandpay.api.post("/v1/payments", content=b"x" * 70_000, headers=headers).status_code == 413
    assert sandpay.api.post("/v1/payments", json=sandpay.body()).json()["error"]["code"] == "idempotency_key_required"


def test_who_has_no_key_gets_nothing(sandpay):
    for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": ""}):
        answer = sandpay.api.get("/v1/payments/sp_x", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "authentication_error"
        assert answer.json()["error"]["code"] == "invalid_api_key"
    assert sandpay.api.get("/v1/nothing").json()["error"]["type"] == "not_found"


def test_accounts_do_not_see_each_other(sandpay):
    payment = sandpay.payment()
    other = {"id": "acct_other", "api_key": "sk_other", "webhook_secret": "s"}
    assert sandpay.desk.post("/control/accounts", json=other).status_code == 201
    headers = {"Authorization": "Bearer sk_other"}
    assert sandpay.api.get(f"/v1/payments/{payment['id']}", headers=headers).status_code == 404
    assert sandpay.api.get("/v1/payments", params={"reference": payment["reference"]}, headers=headers).json() == {
        "data": []
    }
    refund = sandpay.api.post(
        f"/v1/payments/{payment['id']}/refunds", json={"amount": 1}, headers={**headers, "Idempotency-Key": "theft"}
    )
    assert refund.status_code == 404
