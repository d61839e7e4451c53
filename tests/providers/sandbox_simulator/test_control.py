"""Play the customer, the bank, the clock and the broken network."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest


def test_the_desk_wants_its_header_and_is_not_on_the_public_port(sandpay):
    assert httpx.get(f"{sandpay.control_url}/control/faults").status_code == 403
    assert sandpay.api.get("/control/faults", headers={"Sandpay-Control": "1"}).status_code == 404


def test_queued_faults_hit_their_reference_so_often_as_asked_and_are_counted(own_sandpay):
    own_sandpay.fault("pay", "decline_expired_card", times=2, reference="ours")
    assert own_sandpay.payment(reference="theirs")["status"] == "paid"
    assert own_sandpay.payment(reference="ours")["decline_code"] == "expired_card"
    assert own_sandpay.payment(reference="ours")["decline_code"] == "expired_card"
    assert own_sandpay.payment(reference="ours")["status"] == "paid"
    own_sandpay.payment(1261)
    own_sandpay.fault("fetch", "error_after_charge", probability=0)
    listing = own_sandpay.desk.get("/control/faults").json()
    assert listing["counts"] == {"pay": {"decline_expired_card": 2, "decline_insufficient_funds": 1}}
    assert [row["fault"] for row in listing["data"]] == ["error_after_charge"]
    assert own_sandpay.desk.delete("/control/faults").status_code == 200
    assert own_sandpay.desk.get("/control/faults").json() == {"data": [], "counts": listing["counts"]}


@pytest.mark.parametrize(
    ("operation", "path", "body"),
    [
        ("capture", "captures", {"amount": 5000, "final": True}),
        ("cancel", "cancel", {}),
        ("refund", "refunds", {"amount": 5000}),
    ],
)
def test_follow_ups_can_fail_after_they_were_done(sandpay, operation, path, body):
    manual = operation != "refund"
    payment = sandpay.payment(5000, capture="manual" if manual else "automatic")
    sandpay.fault(operation, "error_after_charge", reference=payment["reference"])
    path = f"/v1/payments/{payment['id']}/{path}"
    assert sandpay.post(path, body, key=f"{payment['id']}-after").status_code == 500
    moved = sandpay.ledger(payment["reference"])
    assert len(moved) == 2
    replay = sandpay.post(path, body, key=f"{payment['id']}-after")
    assert (replay.is_success, replay.headers["idempotent-replayed"]) == (True, "true")
    assert sandpay.ledger(payment["reference"]) == moved


def test_fetching_can_fail_too(sandpay):
    payment = sandpay.payment()
    sandpay.fault("fetch", "unknown_status", reference=payment["reference"])
    assert sandpay.by_reference(payment["reference"])[0]["status"] == "under_observation"
    sandpay.fault("fetch", "error_before_charge", reference=payment["reference"])
    assert sandpay.api.get(f"/v1/payments/{payment['id']}").status_code == 500
    sandpay.fault("fetch", "delay", ms=300, reference=payment["reference"])
    assert sandpay.api.get(f"/v1/payments/{payment['id']}").elapsed.total_seconds() >= 0.3
    assert sandpay.fetch(payment["id"])["status"] == "paid"


def test_an_error_before_charging_can_be_asked_for_once(sandpay):
    body = sandpay.body()
    sandpay.fault("pay", "error_before_charge", reference=body["reference"])
    assert sandpay.post("/v1/payments", body, key="once-1").status_code == 500
    assert sandpay.ledger(body["reference"]) == []
    again = sandpay.post("/v1/payments", body, key="once-1")
    assert (again.status_code, again.json()["status"]) == (201, "paid")
    assert "idempotent-replayed" not in again.headers


def test_webhooks_can_be_bent_by_name(sandpay, receiver):
    url = receiver.url()
    body = sandpay.body(notification_url=url)
    sandpay.fault("webhook", "webhook_duplicate", reference=body["reference"])
    sandpay.post("/v1/payments", body)
    first, second = receiver.wait(url, 2)
    assert first.event["id"] == second.event["id"]


@pytest.mark.parametrize(("operation", "fault"), [("pay", "nonsense"), ("fetch", "refund_fails"), ("fly", "delay")])
def test_senseless_faults_are_refused(sandpay, operation, fault):
    assert sandpay.desk.post("/control/faults", json={"operation": operation, "fault": fault}).status_code == 400


def test_a_closed_port_refuses_connections_and_opens_again(own_sandpay):
    payment = own_sandpay.payment()
    for _ in range(2):
        assert own_sandpay.desk.post("/control/port", json={"open": False}).json() == {"open": False}
        with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as fresh:
            fresh.get(own_sandpay.url)
        with pytest.raises(httpx.ConnectError):
            own_sandpay.api.get("/healthz")
        assert own_sandpay.desk.get("/healthz").json() == {"status": "ok"}
        assert own_sandpay.desk.post("/control/port", json={"open": True}).json() == {"open": True}
        assert own_sandpay.fetch(payment["id"])["status"] == "paid"


@pytest.mark.parametrize(
    ("act", "status", "moved"),
    [
        ("pay", "paid", [("charge", 1261)]),
        ("authorize", "authorized", [("authorize", 1261)]),
        ("decline", "declined", []),
        ("expire", "expired", []),
    ],
)
def test_the_desk_plays_the_customer(sandpay, receiver, act, status, moved):
    url = receiver.url()
    payment = sandpay.payment(1261, token=None, notification_url=url)
    done = sandpay.desk.post(f"/control/payments/{payment['id']}/{act}", json={})
    assert (done.status_code, done.json()["status"]) == (200, status)
    assert receiver.wait(url, 1)[0].type == f"payment.{status}"
    assert sandpay.ledger(payment["reference"]) == moved


def test_money_may_come_late_or_be_another_amount_but_never_twice(sandpay):
    payment = sandpay.payment(token=None)
    sandpay.post(f"/v1/payments/{payment['id']}/cancel")
    path = f"/control/payments/{payment['id']}/pay"
    assert sandpay.desk.post(path, json={"amount": 1300}).json()["amount_captured"] == 1300
    assert sandpay.desk.post(path, json={}).status_code == 409
    assert sandpay.ledger(payment["reference"]) == [("charge", 1300)]


def test_the_dashboard_may_refund_more_than_was_captured(sandpay):
    payment = sandpay.payment(1000)
    refund = sandpay.desk.post(f"/control/payments/{payment['id']}/refund", json={"amount": 1200})
    assert (refund.json()["object"], refund.json()["amount"]) == ("refund", 1200)
    entries = sandpay.desk.get("/ledger", params={"payment": payment["id"]}).json()
    assert entries["totals"] == {"EUR": {"net": -200, "charge": 1000, "refund": 1200}}


def test_the_clock_lets_waiting_payments_expire(own_sandpay, receiver):
    url = receiver.url()
    payment = own_sandpay.payment(token=None, expires_in=60, notification_url=url)
    own_sandpay.advance(61)
    assert own_sandpay.fetch(payment["id"])["status"] == "expired"
    assert receiver.wait(url, 1)[0].type == "payment.expired"


def test_reset_forgets_everything_but_the_accounts(own_sandpay):
    payment = own_sandpay.payment(1261)
    own_sandpay.advance(600)
    own_sandpay.desk.post("/control/reset")
    assert own_sandpay.api.get(f"/v1/payments/{payment['id']}").status_code == 404
    assert own_sandpay.desk.get("/control/faults").json() == {"data": [], "counts": {}}


def test_it_stops_in_two_seconds_with_requests_hanging_and_prints_no_secret(own_sandpay):
    body = own_sandpay.body(1271)
    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(_swallow, own_sandpay, body)
        while not own_sandpay.by_reference(body["reference"]):
            threading.Event().wait(0.01)
        started = time.monotonic()
        status, printed = own_sandpay.stop()
        assert time.monotonic() - started < 2
        assert isinstance(hanging.result(), httpx.TransportError)
    assert status == 0
    assert "sk_tests" not in own_sandpay.first_line + printed
    assert "whsec_tests" not in own_sandpay.first_line + printed


def _swallow(sandpay, body):
    headers = {**sandpay.api.headers, "Idempotency-Key": "hang"}
    with pytest.raises(httpx.TransportError) as caught:
        httpx.post(f"{sandpay.url}/v1/payments", json=body, headers=headers)
    return caught.value
