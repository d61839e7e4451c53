"""Send things twice, at once, and across a crash."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest


def test_a_replay_gives_the_same_answer_and_moves_nothing(sandpay):
    body = sandpay.body()
    first = sandpay.post("/v1/payments", body, key="same-1")
    again = sandpay.post("/v1/payments", dict(reversed(body.items())), key="same-1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert sandpay.ledger(body["reference"]) == [("charge", 1299)]


def test_a_key_is_good_for_one_request_only(sandpay):
    body = sandpay.body()
    sandpay.post("/v1/payments", body, key="other-1")
    other = sandpay.post("/v1/payments", {**body, "amount": 1300}, key="other-1")
    assert (other.status_code, other.json()["error"]["type"]) == (409, "idempotency_conflict")


def test_captures_cancels_and_refunds_are_replayed_too(sandpay):
    payment = sandpay.payment(3000, capture="manual")
    path = f"/v1/payments/{payment['id']}"
    for _ in range(2):
        assert sandpay.post(f"{path}/captures", {"amount": 1000, "final": False}, key=f"{path}-c").status_code == 201
        assert sandpay.post(f"{path}/refunds", {"amount": 300}, key=f"{path}-r").status_code == 201
        assert sandpay.post(f"{path}/cancel", key=f"{path}-x").status_code in (200, 201)
    entries = [("authorize", 3000), ("capture", 1000), ("refund", 300), ("release", 2000)]
    assert sandpay.ledger(payment["reference"]) == entries


def test_a_busy_key_is_refused(sandpay):
    body = sandpay.body(1269)
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: _post(sandpay, body, "busy-1"), range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["error"]["code"] == "request_in_progress"


def test_twenty_threads_with_one_key_charge_once(sandpay):
    body = sandpay.body(5000)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: _post(sandpay, body, "twenty"), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert sandpay.ledger(body["reference"]) == [("charge", 5000)]


def test_racing_refunds_never_pass_what_was_captured(sandpay):
    payment = sandpay.payment(1000)
    path = f"/v1/payments/{payment['id']}/refunds"
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda n: _post(sandpay, {"amount": 300}, f"race-{payment['id']}-{n}", path), range(20))
        )
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 17
    assert sandpay.ledger(payment["reference"]) == [("charge", 1000)] + [("refund", 300)] * 3


def test_a_lost_answer_is_given_after_a_crash(own_sandpay):
    body = own_sandpay.body(1271)
    with pytest.raises(httpx.ReadTimeout):
        own_sandpay.api.post("/v1/payments", json=body, headers={"Idempotency-Key": "crash"}, timeout=0.4)
    own_sandpay.kill()
    own_sandpay.start()
    replay = own_sandpay.post("/v1/payments", body, key="crash")
    assert (replay.status_code, replay.json()["status"]) == (201, "paid")
    assert replay.headers["idempotent-replayed"] == "true"
    assert own_sandpay.ledger(body["reference"]) == [("charge", 1271)]


def _post(sandpay, body, key, path="/v1/payments"):
    headers = {**sandpay.api.headers, "Idempotency-Key": key}
    return httpx.post(f"{sandpay.url}{path}", json=body, headers=headers, timeout=20)
