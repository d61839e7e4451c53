"""Two workers, one callback: who has it, and what becomes of it when a worker dies."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from paymenthub.kernel import clock
from payments.models import Delivery, DeliveryState
from payments.outbound._claims import claim_delivery
from payments.outbound.deliver import deliver
from tests.payments.outbound.rows import make_delivery

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(pool, *args, **kwargs):
    def work():
        try:
            return deliver(*args, **kwargs)
        finally:
            connection.close()

    return pool.submit(work)


@pytest.mark.parametrize("how", [{}, {"tries": 0}, {"force": True}])
def test_while_one_worker_sends_no_other_does(receiver, how):
    delivery, go = make_delivery(receiver.url), threading.Event()

    def slow(handler):
        go.wait(10)
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    receiver.answer = slow
    with ThreadPoolExecutor(1) as pool:
        sending = in_thread(pool, delivery.pk, **how)
        assert receiver.arrived.wait(10)
        others = [deliver(delivery.pk, **another) for another in ({}, {"tries": 0}, {"force": True})]
        go.set()
        assert sending.result(10).status == 200
    assert others == [None, None, None]
    assert len(receiver.received) == 1


def test_a_pooled_connection_is_given_back_before_the_receiver_is_asked(receiver, monkeypatch):
    requests_then = []
    monkeypatch.setattr(
        "payments.outbound.deliver.db.release_connection", lambda: requests_then.append(len(receiver.received))
    )
    assert deliver(make_delivery(receiver.url).pk).status == 200
    assert requests_then == [0]


def test_a_worker_that_died_leaves_the_callback_to_the_next_after_its_lease(receiver):
    delivery = make_delivery(receiver.url)
    assert claim_delivery(delivery.pk, now=clock.now(), lease_seconds=135)
    assert deliver(delivery.pk) is None
    assert deliver(delivery.pk, force=True) is None
    with clock.advanced(136):
        assert deliver(delivery.pk, tries=1).number == 2
    assert len(receiver.received) == 1


def test_a_failure_told_after_the_lease_does_not_undo_the_success_of_another(receiver):
    delivery = make_delivery(receiver.url)

    def overtaken(handler):
        receiver.answer = None
        Delivery.objects.filter(pk=delivery.pk).update(tries=2, state=DeliveryState.DELIVERED, next_try_at=None)
        connection.close()
        handler.send_response(500)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    receiver.answer = overtaken
    assert deliver(delivery.pk).status == 500
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.next_try_at) == (DeliveryState.DELIVERED, 2, None)


def test_a_message_about_an_earlier_try_does_nothing(receiver):
    receiver.status = 500
    delivery = make_delivery(receiver.url)
    deliver(delivery.pk, tries=0)
    assert deliver(delivery.pk, tries=0) is None
    assert len(receiver.received) == 1
