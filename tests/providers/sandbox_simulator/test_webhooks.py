"""Deliver, sign, retry, survive."""

import threading
from concurrent.futures import ThreadPoolExecutor


def test_a_webhook_carries_the_whole_payment_and_a_signature_of_its_own(sandpay, receiver):
    url = receiver.url()
    payment = sandpay.payment(notification_url=url)
    (hook,) = receiver.wait(url, 1)
    assert hook.genuine()
    assert not hook.genuine("another secret")
    assert (hook.type, hook.event["account"], hook.event["live"]) == ("payment.paid", "acct_demo", False)
    assert hook.object == payment


def test_every_step_of_a_manual_payment_is_told_in_order(sandpay, receiver):
    url = receiver.url()
    payment = sandpay.payment(2000, capture="manual", notification_url=url)
    sandpay.post(f"/v1/payments/{payment['id']}/captures", {"amount": 2000, "final": True})
    sandpay.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 500})
    sandpay.desk.post(f"/control/payments/{payment['id']}/chargeback", json={"amount": 700})
    sandpay.desk.post(f"/control/payments/{payment['id']}/chargeback_won", json={})
    hooks = receiver.wait(url, 5)
    assert [hook.type for hook in hooks] == [
        "payment.authorized",
        "payment.captured",
        "refund.succeeded",
        "chargeback.opened",
        "chargeback.won",
    ]
    opened, won = hooks[3], hooks[4]
    dispute = {"id": opened.object["chargeback_id"], "amount": 700, "currency": "EUR"}
    assert opened.event["data"]["chargeback"] == {**dispute, "status": "opened"}
    assert won.event["data"]["chargeback"] == {**dispute, "status": "won"}
    assert (won.object["amount_charged_back"], won.object["amount_chargeback_won"]) == (700, 700)


def test_a_refused_webhook_comes_again_signed_anew(sandpay, receiver):
    url = receiver.url(500)
    payment = sandpay.payment(notification_url=url)
    first, second = receiver.wait(url, 2)
    assert first.raw == second.raw
    assert second.signature != first.signature
    assert second.genuine()
    assert second.at - first.at >= 0.9
    log = _delivered(sandpay, receiver, url, payment, 2)
    assert [(attempt["status"], attempt["error"]) for attempt in log[0]["attempts"]] == [(500, None), (204, None)]


def test_one_deaf_receiver_does_not_hold_up_other_payments(sandpay, receiver):
    gate = threading.Event()
    deaf, fine = receiver.url(gate=gate), receiver.url()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: sandpay.payment(notification_url=deaf), range(30)))
    sandpay.payment(notification_url=fine)
    assert len(receiver.wait(fine, 1, timeout=3)) == 1
    gate.set()
    assert len(receiver.wait(deaf, 30)) == 30


def test_the_queue_survives_a_crash(own_sandpay, receiver):
    url = receiver.url()
    own_sandpay.desk.post("/control/webhooks/pause")
    payment = own_sandpay.payment(notification_url=url)
    pending = own_sandpay.payment(1267, notification_url=url)
    own_sandpay.kill()
    own_sandpay.start()
    assert own_sandpay.desk.get("/control/webhooks").json()["paused"] is True
    assert receiver.got(url) == []
    own_sandpay.desk.post("/control/webhooks/resume")
    assert {hook.object["id"] for hook in receiver.wait(url, 2)} == {payment["id"], pending["id"]}


def test_after_twelve_tries_it_gives_up(own_sandpay, receiver):
    url = receiver.url(*[503] * 20)
    payment = own_sandpay.payment(notification_url=url)
    for count in range(1, 12):
        receiver.wait(url, count)
        _delivered(own_sandpay, receiver, url, payment, count)
        own_sandpay.advance(61)
    receiver.wait(url, 12)
    log = _delivered(own_sandpay, receiver, url, payment, 12)
    assert log[0]["state"] == "failed"


def test_a_resent_event_is_the_same_event(sandpay, receiver):
    url = receiver.url()
    payment = sandpay.payment(notification_url=url)
    (first,) = receiver.wait(url, 1)
    assert sandpay.desk.post("/control/webhooks/resend", json={"payment": payment["id"]}).json() == {"queued": 1}
    assert receiver.wait(url, 2)[1].raw == first.raw
    assert sandpay.desk.post("/control/webhooks/resend", json={"event": "evt_no"}).status_code == 404


def test_two_secrets_make_two_signatures_and_the_accounts_address_is_the_default(sandpay, receiver):
    url = receiver.url()
    account = {"id": "acct_two", "api_key": "sk_two", "webhook_secret": "old", "webhook_secret_2": "new"}
    sandpay.desk.post("/control/accounts", json={**account, "webhook_url": url})
    headers = {"Authorization": "Bearer sk_two", "Idempotency-Key": "two"}
    sandpay.api.post("/v1/payments", json=sandpay.body(), headers=headers)
    (hook,) = receiver.wait(url, 1)
    assert hook.signature.count("v1=") == 2
    assert hook.genuine("old")
    assert hook.genuine("new")


def _delivered(sandpay, receiver, url, payment, tries):
    """Wait until the attempt that the receiver saw is in the log: its answer travels back for a moment."""
    for _ in range(200):
        log = sandpay.desk.get("/control/webhooks", params={"payment": payment["id"]}).json()["data"]
        if len(log[0]["attempts"]) == tries:
            return log
    raise AssertionError(log)
