"""The loop that hands out what is due."""

import logging
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError

from paymenthub.kernel import clock
from payments.models import Delivery, DeliveryState, InboxMessage, InboxState, OutboxEvent
from payments.outbound import relay as relay_module
from payments.outbound.deliver import deliver
from payments.outbound.relay import BrokerAway, Relay
from tests.payments.outbound.rows import make_delivery, make_event, make_payment, make_project

URL = "https://a.example/"


class Broker:
    """Take messages, or be away."""

    def __init__(self):
        self.sent, self.away_after = [], None

    def __call__(self, task, arguments):
        if self.away_after is not None and len(self.sent) >= self.away_after:
            raise BrokerAway("ConnectionError")
        self.sent.append((task, *arguments))


@pytest.fixture
def broker():
    return Broker()


def make_message(**over):
    payment = make_payment(make_project())
    fields = {
        "project": payment.project,
        "provider_account": payment.provider_account,
        "body": b"{}",
        "body_digest": "",
        "method": "POST",
        "next_try_at": clock.now(),
    }
    return InboxMessage.objects.create(**{**fields, **over})


@pytest.mark.django_db
class TestHandingOut:
    def test_an_event_becomes_a_delivery_and_a_message_in_one_tick(self, broker):
        make_event(make_payment(make_project(callback_url=URL)))
        assert Relay(send=broker).tick() == 2
        assert broker.sent == [("payments.deliver", str(Delivery.objects.get().pk), 0)]

    def test_what_was_handed_out_is_not_handed_out_again_for_a_minute(self, broker):
        delivery = make_delivery(URL)
        relay = Relay(send=broker)
        assert (relay.tick(), relay.tick()) == (1, 0)
        with clock.advanced(59):
            assert relay.tick() == 0
        with clock.advanced(61):
            assert relay.tick() == 1
        assert broker.sent == [("payments.deliver", str(delivery.pk), 0)] * 2

    def test_both_messages_about_one_try_lead_to_one_request(self, broker, receiver):
        make_delivery(receiver.url)
        relay = Relay(send=broker)
        relay.tick()
        with clock.advanced(61):
            relay.tick()
            results = [deliver(row, tries=tries) for _, row, tries in broker.sent]
        assert [result and result.number for result in results] == [1, None]
        assert len(receiver.received) == 1

    def test_only_what_is_due_is_handed_out(self, broker):
        make_delivery(URL, next_try_at=clock.now() + timedelta(minutes=1))
        make_delivery(URL, state=DeliveryState.DELIVERED)
        make_delivery(URL, state=DeliveryState.GIVEN_UP)
        make_message(next_try_at=clock.now() + timedelta(minutes=1))
        make_message(state=InboxState.DONE)
        make_message(next_try_at=None)
        assert Relay(send=broker).tick() == 0
        assert broker.sent == []

    def test_waiting_notifications_are_handed_out_by_the_tasks_name(self, broker):
        new, unmatched = make_message(), make_message(state=InboxState.UNMATCHED)
        relay = Relay(send=broker)
        assert (relay.tick(), relay.tick()) == (2, 0)
        assert sorted(broker.sent) == sorted([("payments.process_inbox", str(row.pk)) for row in (new, unmatched)])


@pytest.mark.django_db
class TestWorkersThatDoNotKeepUp:
    """Found by chaos: each row that waited was handed out again every minute, and the queue grew by all of them."""

    @pytest.fixture(autouse=True)
    def few(self):
        with mock.patch.object(relay_module, "MOST_OUT", 2), mock.patch.object(relay_module, "BATCH", 2):
            yield

    def test_no_more_is_handed_out_until_a_worker_has_taken_some(self, broker, receiver):
        for _ in range(3):
            make_delivery(receiver.url)
        relay = Relay(send=broker)

        assert [relay.tick() for _ in range(3)] == [2, 0, 0]

        _, first, tries = broker.sent[0]
        deliver(first, tries=tries)
        assert (relay.tick(), relay.tick()) == (1, 0)
        assert len({row for _, row, _ in broker.sent}) == len(broker.sent) == 3

    def test_what_was_never_handed_out_goes_before_what_was(self, broker):
        rows = [make_delivery(URL).pk for _ in range(3)]
        relay = Relay(send=broker)
        relay.tick()
        with clock.advanced(61):
            assert (relay.tick(), relay.tick()) == (2, 0)
        again = {row for _, row, _ in broker.sent[2:]}
        assert str(rows[2]) in again

    def test_notifications_are_held_back_by_notifications_and_not_by_deliveries(self, broker):
        for _ in range(2):
            make_delivery(URL)
        messages = [make_message() for _ in range(3)]
        relay = Relay(send=broker)

        assert [relay.tick() for _ in range(3)] == [4, 0, 0]

        InboxMessage.objects.filter(pk=messages[0].pk).update(state=InboxState.DONE)
        InboxMessage.objects.filter(pk=messages[1].pk).update(state=InboxState.DONE)
        assert relay.tick() == 1

    def test_deliveries_that_wait_for_their_next_try_hold_nothing_back(self, broker):
        for _ in range(3):
            make_delivery(URL, tries=1, next_try_at=clock.now() + timedelta(seconds=30))
        due = make_delivery(URL)
        assert Relay(send=broker).tick() == 1
        assert broker.sent == [("payments.deliver", str(due.pk), 0)]


@pytest.mark.django_db
class TestBrokerAway:
    def test_what_could_not_be_sent_stays_due_and_goes_out_when_it_is_back(self, broker):
        rows = [make_delivery(URL) for _ in range(3)]
        broker.away_after = 1
        relay = Relay(send=broker)
        relay.tick()
        assert len(broker.sent) == 1
        broker.away_after = None
        with clock.advanced(1):
            assert relay.tick() == 2
        assert sorted(row for _, row, _ in broker.sent) == sorted(str(row.pk) for row in rows)

    def test_events_are_published_all_the_same(self, broker):
        broker.away_after = 0
        make_event(make_payment(make_project(callback_url=URL)))
        assert Relay(send=broker).tick() == 1
        assert OutboxEvent.objects.get().published_at is not None

    def test_it_is_asked_less_often_and_said_once_in_a_while(self, broker, caplog):
        broker.away_after = 0
        make_delivery(URL)
        relay = Relay(send=broker)
        asked = []
        with mock.patch.object(relay, "_send", side_effect=lambda *_: asked.append(1) or broker(*_)):
            for second in range(40):
                with clock.advanced(second):
                    relay.tick()
        assert len(asked) == 8  # at 0, 1, 2, 4, 8, 16, 26 and 36 seconds
        said = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert [record.cause for record in said] == ["ConnectionError"] * 2

    def test_a_delivery_that_a_worker_took_meanwhile_is_not_made_due(self, receiver):
        delivery = make_delivery(receiver.url)

        def taken_then_away(task, arguments):
            deliver(delivery.pk, tries=0)
            raise BrokerAway("ConnectionError")

        receiver.status = 500
        Relay(send=taken_then_away).tick()
        delivery.refresh_from_db()
        assert delivery.tries == 1
        assert delivery.next_try_at > clock.now() + timedelta(seconds=3)

    def test_a_real_broker_that_refuses_connections_is_told_apart(self, settings):
        settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
        relay_module._producer.cache_clear()
        try:
            with pytest.raises(BrokerAway):
                relay_module._send("payments.deliver", ["x", 0])
        finally:
            relay_module._producer.cache_clear()

    def test_a_bare_redis_error_counts_as_away(self):
        with (
            mock.patch.object(relay_module, "_producer", side_effect=RedisConnectionError("gone")),
            pytest.raises(BrokerAway, match="ConnectionError"),
        ):
            relay_module._send("payments.deliver", ["x", 0])


class TestTheLoop:
    def test_it_sleeps_between_looks_when_there_is_nothing_to_do(self, settings):
        settings.RELAY_INTERVAL = 0.25
        relay, waits = Relay(), []
        relay.stop = mock.Mock(is_set=lambda: len(waits) >= 3, wait=waits.append)
        with mock.patch.object(relay, "tick", return_value=0):
            relay.run()
        assert waits == [0.25, 0.25, 0.25]

    def test_it_does_not_sleep_while_there_is_work(self):
        relay, batches, waits = Relay(), iter([200, 7, 0]), []
        relay.stop = mock.Mock(is_set=lambda: bool(waits), wait=waits.append)
        with mock.patch.object(relay, "tick", side_effect=lambda: next(batches)) as tick:
            relay.run()
        assert tick.call_count == 3

    @pytest.mark.django_db
    def test_a_database_that_is_away_is_asked_again_after_growing_pauses(self, caplog):
        relay, waits = Relay(), []
        relay.stop = mock.Mock(is_set=lambda: len(waits) >= 7, wait=waits.append)
        with (
            mock.patch.object(relay, "tick", side_effect=OperationalError("away")),
            mock.patch.object(relay_module, "connection"),
        ):
            relay.run()
        assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
        assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1

    def test_stopping_wakes_a_sleeping_loop(self, settings):
        settings.RELAY_INTERVAL = 60
        relay, asleep = Relay(), threading.Event()
        with mock.patch.object(relay, "tick", side_effect=lambda: asleep.set() or 0):
            thread = threading.Thread(target=relay.run)
            thread.start()
            assert asleep.wait(10)
            relay.stop.set()
            thread.join(10)
        assert not thread.is_alive()


class TestTheCommand:
    @pytest.mark.django_db
    def test_once_moves_everything_that_is_due_and_ends(self, broker):
        payment = make_payment(make_project(callback_url=URL))
        for _ in range(3):
            make_event(payment)
        said = StringIO()
        with mock.patch.object(relay_module, "_send", broker):
            call_command("relay", "--once", stdout=said)
        assert said.getvalue() == "Moved: 6.\n"
        assert len(broker.sent) == 3

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_before_anybody_has_to_kill_it(self, number, tmp_path):
        # An address that takes connections and never answers would hold the loop; a database that is away is like it.
        environment = {
            **os.environ,
            "DATABASE_URL": f"postgres:///x?host={tmp_path}",
            "REDIS_URL": "",
            "LOG_FORMAT": "human",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "relay", "--skip-checks"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            for line in process.stderr:
                if "database is away" in line:
                    break
            process.send_signal(number)
            rest = process.communicate(timeout=10)[1]
        finally:
            process.kill()
        assert process.returncode == 0
        assert "Traceback" not in rest
