"""From events to deliveries: who is told, once, and in which order."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from payments.models import Delivery, OutboxEvent
from payments.outbound.publish import publish_due
from payments.outbound.relay import Relay
from tests.payments.outbound.rows import make_endpoint, make_event, make_payment, make_project


def addresses(event):
    return sorted(Delivery.objects.filter(event=event).values_list("url", flat=True))


@pytest.mark.django_db
class TestWhoIsTold:
    def test_the_payments_own_address_comes_first(self, settings):
        settings.PAYMENT_CALLBACK_URL = "https://hub.example/"
        project = make_project(callback_url="https://project.example/")
        event = make_event(make_payment(project, callback_url="https://payment.example/"))
        assert publish_due() == 1
        assert addresses(event) == ["https://payment.example/"]

    def test_then_the_projects_then_the_hubs(self, settings):
        settings.PAYMENT_CALLBACK_URL = "https://hub.example/"
        first = make_event(make_payment(make_project(callback_url="https://project.example/")))
        second = make_event(make_payment(make_project()))
        assert publish_due() == 2
        assert addresses(first) == ["https://project.example/"]
        assert addresses(second) == ["https://hub.example/"]

    def test_endpoints_are_told_what_they_want_in_their_mode(self):
        project = make_project()
        make_endpoint(project, "https://all.example/")
        make_endpoint(project, "https://captured.example/", event_types=["payment.captured", "refund.failed"])
        make_endpoint(project, "https://failed.example/", event_types=["payment.failed"])
        make_endpoint(project, "https://off.example/", enabled=False)
        make_endpoint(project, "https://live.example/", mode="live")
        make_endpoint(make_project(), "https://another.example/")
        event = make_event(make_payment(project))
        publish_due()
        assert addresses(event) == ["https://all.example/", "https://captured.example/"]

    def test_an_address_named_twice_gets_one_delivery(self):
        project = make_project(callback_url="https://same.example/")
        make_endpoint(project, "https://same.example/")
        make_endpoint(project, "https://same.example/")
        event = make_event(make_payment(project))
        publish_due()
        assert addresses(event) == ["https://same.example/"]

    def test_an_event_without_an_address_is_published_without_a_delivery(self):
        event = make_event(make_payment(make_project()))
        assert publish_due() == 1
        event.refresh_from_db()
        assert event.published_at is not None
        assert addresses(event) == []
        assert publish_due() == 0

    def test_a_second_publication_keeps_the_deliveries_that_are(self):
        event = make_event(make_payment(make_project(callback_url="https://a.example/")))
        publish_due()
        before = list(Delivery.objects.values())
        OutboxEvent.objects.update(published_at=None)
        assert publish_due() == 1
        assert list(Delivery.objects.values()) == before
        assert addresses(event) == ["https://a.example/"]

    def test_the_events_of_a_payment_go_in_their_order_whatever_their_ids(self):
        payment = make_payment(make_project())
        high, low = sorted((OutboxEvent().id, OutboxEvent().id), reverse=True)
        first, second = make_event(payment, id=high), make_event(payment, id=low)
        order = []
        while publish_due():
            order.append([event.sequence for event in (first, second) if _is_published(event)])
        assert order == [[1], [1, 2]]


@pytest.mark.django_db(transaction=True)
class TestManyRelays:
    def test_a_payments_second_event_waits_for_the_first_that_another_relay_holds(self):
        payment, other = make_payment(make_project()), make_payment(make_project())
        first, second, foreign = make_event(payment), make_event(payment), make_event(other)
        with _held(first):
            assert publish_due() == 1
            assert (_is_published(second), _is_published(foreign)) == (False, True)
        assert (publish_due(), publish_due()) == (1, 1)
        assert _is_published(second)

    def test_control_without_the_condition_the_second_event_would_overtake(self):
        payment = make_payment(make_project())
        first, second = make_event(payment), make_event(payment)
        with _held(first), transaction.atomic():
            found = OutboxEvent.objects.select_for_update(skip_locked=True).filter(published_at=None).order_by("id")
            assert list(found) == [second]

    def test_two_relays_at_once_make_each_delivery_once_and_in_order(self):
        project = make_project(callback_url="https://a.example/")
        payments = [make_payment(project, shop_transaction_id=f"order-{number}") for number in range(10)]
        events = [make_event(payment) for _ in range(4) for payment in payments]
        barrier = threading.Barrier(2)

        def work() -> int:
            try:
                barrier.wait(10)
                total = 0
                while OutboxEvent.objects.filter(published_at=None).exists():
                    total += publish_due(limit=3)
                return total
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            totals = [future.result(60) for future in [pool.submit(work), pool.submit(work)]]
        assert sum(totals) == len(events) == Delivery.objects.count()
        for payment in payments:
            moments = list(payment.events.order_by("sequence").values_list("published_at", flat=True))
            assert moments == sorted(moments)

    def test_two_relays_hand_out_each_delivery_once(self):
        project = make_project(callback_url="https://a.example/")
        for number in range(20):
            make_event(make_payment(project, shop_transaction_id=f"order-{number}"))
        publish_due()
        sent, barrier = [], threading.Barrier(2)

        def work() -> None:
            try:
                relay = Relay(send=lambda task, arguments: sent.append((task, *arguments)))
                barrier.wait(10)
                relay.tick()
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(work), pool.submit(work)]:
                future.result(60)
        expected = [("payments.deliver", str(pk), 0) for pk in Delivery.objects.values_list("pk", flat=True)]
        assert sorted(sent) == sorted(expected)


def _is_published(event):
    return OutboxEvent.objects.get(pk=event.pk).published_at is not None


class _held:
    """Hold the row lock of an event from another connection, as a relay does that is in the middle of its work."""

    def __init__(self, event):
        self._event, self._locked, self._done = event, threading.Event(), threading.Event()

    def __enter__(self):
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(self._hold)
        assert self._locked.wait(10)

    def __exit__(self, *_):
        self._done.set()
        self._future.result(10)
        self._pool.shutdown()

    def _hold(self):
        try:
            with transaction.atomic():
                OutboxEvent.objects.select_for_update().get(pk=self._event.pk)
                self._locked.set()
                self._done.wait(10)
        finally:
            connection.close()
