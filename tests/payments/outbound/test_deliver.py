"""One try of a callback, against a real receiver."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from paymenthub.kernel import clock
from payments.models import DeliveryState, DeliveryTry
from payments.outbound.deliver import deliver
from payments.outbound.secrets import open_secrets, seal_secrets
from payments.outbound.sign import new_secret
from tests.payments.outbound.rows import SECRET, make_delivery, make_endpoint, make_event, make_payment, make_project

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def _frozen():
    with clock.frozen(NOW):
        yield


def test_a_callback_arrives_signed_with_its_envelope(receiver):
    event = make_event(
        make_payment(make_project()),
        body={"status": "ACCEPTED", "amount": 1250, "note": "già pagato", "sequence": 99},
        created_at=datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC),
    )
    delivery = make_delivery(receiver.url, event=event)
    made = deliver(delivery.pk)
    [request] = receiver.received
    body = Webhook(SECRET).verify(request.body, request.headers)
    assert body == {
        "status": "ACCEPTED",
        "amount": 1250,
        "note": "già pagato",
        "eventId": event.public_id,
        "eventType": "payment.captured",
        "sequence": 1,
        "occurredAt": "2026-01-01T12:00:00.123Z",
    }
    assert b": " not in request.body.replace(b"gi\xc3\xa0 pagato", b"")
    assert request.headers["webhook-id"] == event.public_id
    assert request.headers["content-type"] == "application/json"
    assert (made.number, made.status, made.error, made.response) == (1, 200, "", "ok")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.next_try_at) == (DeliveryState.DELIVERED, 1, None)
    assert delivery.delivered_at is not None


def test_a_delivered_callback_is_not_sent_again(receiver):
    delivery = make_delivery(receiver.url)
    deliver(delivery.pk)
    assert deliver(delivery.pk) is None
    assert deliver(delivery.pk, tries=0) is None
    assert deliver(delivery.pk, tries=1) is None
    assert len(receiver.received) == 1


@pytest.mark.usefixtures("_frozen")
def test_a_failure_is_recorded_and_tried_again_with_the_same_id_and_body(receiver):
    delivery = make_delivery(receiver.url)
    receiver.status, receiver.body = 500, b"Out of order"
    made = deliver(delivery.pk)
    assert (made.status, made.error, made.response) == (500, "", "Out of order")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == (DeliveryState.DUE, 1)
    assert NOW + timedelta(seconds=4) <= delivery.next_try_at <= NOW + timedelta(seconds=6)
    assert deliver(delivery.pk) is None
    receiver.status = 204
    with clock.advanced(7):
        assert deliver(delivery.pk).status == 204
    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 7
    assert list(delivery.attempts.order_by("number").values_list("number", "status")) == [(1, 500), (2, 204)]


@pytest.mark.usefixtures("_frozen")
def test_a_callback_is_given_up_when_the_time_is_over_and_kept(receiver, settings):
    settings.CALLBACK_RETRY_FOR = 3600
    receiver.status = 500
    delivery = make_delivery(receiver.url)
    moments = []
    while True:
        delivery.refresh_from_db()
        if delivery.state != DeliveryState.DUE:
            break
        moments.append(delivery.next_try_at)
        with clock.frozen(delivery.next_try_at):
            deliver(delivery.pk)
    assert (delivery.state, delivery.next_try_at, delivery.delivered_at) == (DeliveryState.GIVEN_UP, None, None)
    assert moments[-1] == NOW + timedelta(seconds=3600)
    assert delivery.tries == len(moments) == delivery.attempts.count() == 7


def test_a_receiver_that_is_gone_is_given_up_at_once(receiver):
    receiver.status = 410
    delivery = make_delivery(receiver.url)
    deliver(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.next_try_at) == (DeliveryState.GIVEN_UP, None)


@pytest.mark.usefixtures("_frozen")
def test_retry_after_is_heeded(receiver):
    receiver.status, receiver.headers = 429, {"Retry-After": "900"}
    delivery = make_delivery(receiver.url)
    deliver(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.next_try_at == NOW + timedelta(seconds=900)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(receiver, status):
    receiver.status, receiver.headers = status, {"Location": f"{receiver.url}/elsewhere"}
    delivery = make_delivery(receiver.url)
    made = deliver(delivery.pk)
    assert (made.status, made.error) == (status, "redirect_not_followed")
    assert [request.path for request in receiver.received] == ["/hook"]
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DUE


def test_a_slow_receiver_is_left_after_the_total_time(receiver, settings):
    settings.CALLBACK_TIMEOUT = 0.4

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while not stop.wait(0.05):
                handler.wfile.write(b".")
        except OSError:
            return

    stop = threading.Event()
    receiver.answer = drip
    try:
        made = deliver(make_delivery(receiver.url).pk)
    finally:
        stop.set()
    assert (made.status, made.error) == (None, "TotalTimeout")
    assert 400 <= made.elapsed_ms < 2000


def test_an_answer_over_64_kb_is_a_failure(receiver):
    receiver.body = b"x" * (64 * 1024 + 1)
    made = deliver(make_delivery(receiver.url).pk)
    assert (made.status, made.error, made.response) == (None, "ResponseTooLarge", "")


def test_of_an_answer_2_kb_are_kept_without_secrets(receiver):
    receiver.body = b"card 4111111111111111 Bearer abcdefghijklmnop " + b"x" * 60_000
    made = deliver(make_delivery(receiver.url).pk)
    assert made.status == 200
    assert len(made.response) == 2048
    assert "4111111111111111" not in made.response
    assert "abcdefghijklmnop" not in made.response


@pytest.mark.parametrize("body", [b"a\x00b", b'{"a": "\\u0000"}', b'{"a": "\\ud800"}', b"\xff\xfe"])
def test_an_answer_that_postgresql_cannot_keep_is_kept_as_far_as_it_can_be(receiver, body):
    receiver.body = body
    delivery = make_delivery(receiver.url)
    deliver(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED
    assert DeliveryTry.objects.get(delivery=delivery).response


def test_a_refused_connection_is_a_failure():
    made = deliver(make_delivery("http://127.0.0.1:1/").pk)
    assert (made.status, made.error) == (None, "ConnectionRefusedError")


def test_no_request_goes_to_a_private_address_when_that_is_not_allowed(receiver, settings):
    settings.CALLBACK_ALLOW_PRIVATE = False
    delivery = make_delivery(receiver.url.replace("127.0.0.1", "shop.example"))
    made = deliver(delivery.pk, look_up=lambda host, port: ["127.0.0.1"])
    assert (made.status, made.error, receiver.received) == (None, "target_forbidden", [])
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DUE


def test_the_request_goes_to_the_address_that_was_checked_with_the_hosts_name(receiver):
    delivery = make_delivery(receiver.url.replace("127.0.0.1", "shop.example"))
    made = deliver(delivery.pk, look_up=lambda host, port: ["127.0.0.1"])
    assert made.status == 200
    assert receiver.received[0].headers["host"].startswith("shop.example:")


def test_the_next_try_takes_the_hosts_next_address(receiver):
    delivery = make_delivery(receiver.url.replace("127.0.0.1", "shop.example"))
    addresses = ["127.1.2.3", "127.0.0.1"]
    assert deliver(delivery.pk, look_up=lambda host, port: addresses).error == "ConnectionRefusedError"
    assert deliver(delivery.pk, force=True, look_up=lambda host, port: addresses).status == 200


def test_nothing_is_sent_unsigned(receiver):
    project = make_project()
    project.callback_secrets_sealed = ""
    project.save()
    delivery = make_delivery(receiver.url, event=make_event(make_payment(project)))
    assert deliver(delivery.pk).error == "secret_missing"
    assert receiver.received == []


def test_a_secret_that_cannot_be_opened_is_a_failure_and_not_a_crash(receiver):
    project = make_project()
    project.callback_secrets_sealed = "v1.0000000000000000.AAAA"
    project.save()
    delivery = make_delivery(receiver.url, event=make_event(make_payment(project)))
    assert deliver(delivery.pk).error == "secret_unreadable"
    assert receiver.received == []


def test_an_endpoint_has_a_secret_of_its_own(receiver):
    project = make_project()
    endpoint = make_endpoint(project, receiver.url)
    delivery = make_delivery(receiver.url, event=make_event(make_payment(project)), endpoint=endpoint)
    deliver(delivery.pk)
    [request] = receiver.received
    Webhook(open_secrets(endpoint)[0]).verify(request.body, request.headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(request.body, request.headers)


def test_an_endpoint_that_is_the_projects_address_too_verifies_with_either_secret(receiver):
    project = make_project(callback_url=receiver.url)
    endpoint = make_endpoint(project, receiver.url)
    delivery = make_delivery(receiver.url, event=make_event(make_payment(project)), endpoint=endpoint)
    deliver(delivery.pk)
    [request] = receiver.received
    for secret in (SECRET, open_secrets(endpoint)[0]):
        Webhook(secret).verify(request.body, request.headers)


def test_old_and_new_secret_sign_while_they_are_changed(receiver):
    project, fresh = make_project(), new_secret()
    project.callback_secrets_sealed = seal_secrets(project, [fresh, SECRET])
    project.save()
    deliver(make_delivery(receiver.url, event=make_event(make_payment(project))).pk)
    [request] = receiver.received
    for secret in (SECRET, fresh):
        Webhook(secret).verify(request.body, request.headers)


def test_an_endpoint_that_was_switched_off_gets_nothing_more(receiver):
    project = make_project()
    endpoint = make_endpoint(project, receiver.url, enabled=False)
    delivery = make_delivery(receiver.url, event=make_event(make_payment(project)), endpoint=endpoint)
    assert deliver(delivery.pk).error == "endpoint_disabled"
    assert receiver.received == []


def test_a_failed_delivery_does_not_hold_the_next_event(receiver):
    payment = make_payment(make_project())
    first = make_delivery("http://127.0.0.1:1/", event=make_event(payment))
    second = make_delivery(receiver.url, event=make_event(payment))
    deliver(first.pk)
    assert deliver(second.pk).status == 200
    assert json.loads(receiver.received[0].body)["sequence"] == 2
