"""GET /v1/events: all that happened, oldest first, and nothing missed by a reader who goes on from where it was."""

import datetime as dt
import threading

import pytest
from django.db import connections, transaction
from jsonschema import Draft202012Validator

from paymenthub.kernel import clock
from payments import locks, outbox
from payments.api.hub import examples
from payments.api.hub.events import EventPage
from payments.selectors import events as selector
from tests.payments.api import payments
from tests.payments.api.conftest import error_of
from tests.payments.api.schemas import schema_of

LATER = 5.0
WAIT = 20.0


def read(shop, **query):
    with clock.advanced(LATER):
        return shop.get("/v1/events", query)


@pytest.fixture
def history(shop, script):
    """Two payments; the first one is refunded twice."""
    first = payments.pay(shop, script, shopTransactionId="first")
    second = payments.pay(shop, script, shopTransactionId="second")
    for amount in (100, 200):
        shop.post(f"/v1/payments/{first.public_id}/refunds", {"amount": amount})
    return first, second


def told(body):
    return [(event["type"], event["hubPaymentId"], event["sequence"]) for event in body["data"]]


def test_events_come_oldest_first_with_what_callbacks_say(shop, history):
    first, second = (payment.public_id for payment in history)
    body = read(shop).json()
    assert told(body) == [
        ("payment.captured", first, 1),
        ("payment.captured", second, 1),
        ("refund.succeeded", first, 2),
        ("refund.succeeded", first, 3),
    ]
    assert body["data"][2]["data"]["metadata"]["amount"] == 100
    assert (body["hasMore"], body["data"][0]["paymentId"]) == (False, history[0].provider_payment_id)
    Draft202012Validator(schema_of(EventPage)).validate(body)
    Draft202012Validator(schema_of(EventPage)).validate(examples.EVENT_PAGES["a_page"])


@pytest.mark.parametrize("limit", [1, 3, 4])
def test_a_reader_who_goes_on_gets_each_event_once_and_later_what_is_new(shop, history, limit):
    seen, after = [], {}
    while True:
        body = read(shop, limit=limit, **after).json()
        seen += told(body)
        after = {"after": body["nextCursor"]}
        if not body["hasMore"]:
            break
    assert len(seen) == len(set(seen)) == 4
    assert read(shop, **after).json() == {"data": [], "nextCursor": after["after"], "hasMore": False}
    shop.post(f"/v1/payments/{history[0].public_id}/refunds", {"amount": 300})
    assert told(read(shop, **after).json()) == [("refund.succeeded", history[0].public_id, 4)]


def test_events_are_picked_by_type_and_payment(shop, history):
    first, second = history
    assert len(read(shop, type="refund.succeeded").json()["data"]) == 2
    assert read(shop, type="payment.lost").json() == {"data": [], "nextCursor": None, "hasMore": False}
    for wire_id in (second.public_id, str(second.id), second.provider_payment_id):
        assert told(read(shop, paymentId=wire_id).json()) == [("payment.captured", second.public_id, 1)]
    assert len(read(shop, paymentId=first.public_id, type="refund.succeeded").json()["data"]) == 2


def test_somebody_elses_events_are_not_there(shop, stranger, live_shop, history):
    for other in (stranger, live_shop):
        assert read(other).json()["data"] == []
        response = read(other, paymentId=history[0].public_id)
        assert error_of(response) == (404, "not_found", "paymentId")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"after": "nonsense"}, "after"),
        ({"type": "a\nb"}, "type"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_wrong_queries_are_refused(shop, query, param):
    assert error_of(read(shop, **query)) == (400, "invalid_field", param)


def test_a_backoffice_may_read_them(backoffice, shop, history):
    assert len(read(backoffice).json()["data"]) == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_an_event_waits_until_no_older_one_can_appear(shop, script, monkeypatch, guarded):
    """A transaction that began earlier may commit later: a reader who had gone past it would never see its event.

    The control, without the look for such transactions, goes past it.
    """
    monkeypatch.setattr(selector, "_SKEW", dt.timedelta())
    if not guarded:
        monkeypatch.setattr(selector, "_OLDEST_WRITER", "SELECT 0")
    slow = payments.pay(shop, script, shopTransactionId="slow")
    written, go_on = threading.Event(), threading.Event()

    def write_slowly():
        try:
            with transaction.atomic():
                row = locks.payment(slow.pk)
                outbox.event(row, type="payment.slow", body={}).save()
                row.save(update_fields=["sequence"])
                written.set()
                assert go_on.wait(WAIT)
        finally:
            connections.close_all()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    try:
        assert written.wait(WAIT)
        payments.pay(shop, script, shopTransactionId="fast")
        early = shop.get("/v1/events").json()
    finally:
        go_on.set()
        thread.join(WAIT)
    later = shop.get("/v1/events", {"after": early["nextCursor"]}).json()

    seen = [event["type"] for event in early["data"]], [event["type"] for event in later["data"]]
    if guarded:
        assert seen == (["payment.captured"], ["payment.slow", "payment.captured"])
    else:
        assert seen == (["payment.captured", "payment.captured"], [])
