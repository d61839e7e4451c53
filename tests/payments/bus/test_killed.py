"""`kill -9` of a consumer at every point between receiving and acknowledging: nothing twice, nothing lost."""

import os
import signal
import subprocess
import sys

import pytest
from kombu.transport import redis as stock

from payments.bus.connection import connect
from payments.bus.consumer import Consumer
from payments.models import BusReceipt, OrderIntent
from tests.e2e.waiting import until

from .broker import Broker, environment
from .test_round_trip import AUTHORIZE, event

pytestmark = pytest.mark.django_db(transaction=True)

# A consumer that stops where the test says, tells so, and waits there to be killed.
_CONSUMER = """
import sys, time, django
django.setup()
from django.conf import settings
settings.PROVIDER_DRIVERS = ["tests.scripted.ScriptedDriver"]
from kombu.message import Message
from kombu.transport import redis
from payments.bus import intake
from payments.bus.consumer import Consumer

def stop(*_, **__):
    print("here", flush=True)
    time.sleep(600)

where = sys.argv[1]
if where == "taken, not noted by the library":
    redis.QoS.append = stop
if where == "received":
    intake.read = stop
if where == "done, not committed":
    intake._done = stop
if where == "committed, not acknowledged":
    Message.ack = stop
Consumer().run()
"""


def killed_at(where: str, settings) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _CONSUMER, where],
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert any(line == "here\n" for line in process.stdout), "it ended before it came there"
        finally:
            os.kill(process.pid, signal.SIGKILL)


def drained(bus: Broker) -> int:
    """What a consumer takes that comes after the dead one."""
    with connect() as fresh:
        return Consumer().drain_once(fresh)


def is_taken_once(bus: Broker, where: str, project, settings) -> None:
    settings.EVENT_BUS_REDELIVER_SECONDS = 1
    bus.send(event("authorize-payment", AUTHORIZE, project))
    killed_at(where, settings)
    committed = where.startswith("committed")
    assert (OrderIntent.objects.count(), BusReceipt.objects.count()) == ((1, 1) if committed else (0, 0))

    until(lambda: drained(bus) == 1, "the message did not come again", seconds=20)

    assert (OrderIntent.objects.count(), BusReceipt.objects.count()) == (1, 1)
    assert drained(bus) == 0


@pytest.mark.parametrize("where", ["received", "done, not committed", "committed, not acknowledged"])
def test_a_killed_consumers_message_is_done_once(bus, project, account, script, settings, where):
    is_taken_once(bus, where, project, settings)


def test_one_that_redis_had_just_given_away_is_not_lost(redis_bus, project, account, script, settings):
    is_taken_once(redis_bus, "taken, not noted by the library", project, settings)


def test_control_the_librarys_own_way_loses_it(redis_bus, project, account, script, settings, monkeypatch):
    redis_bus.send(event("authorize-payment", AUTHORIZE, project))
    with redis_bus.bus.channel() as channel:
        stock.Channel._get(channel, settings.EVENT_BUS_COMMAND_QUEUE)
        # It is in no list any more, and noted nowhere.
        assert channel.client.llen(settings.EVENT_BUS_COMMAND_QUEUE) == 0
        assert all(b"authorize-payment" not in each for each in channel.client.hvals("paymenthub.bus.unacked"))


def test_the_workers_messages_are_left_alone(redis_bus, settings):
    settings.EVENT_BUS_REDELIVER_SECONDS = 1
    with connect() as bus, bus.channel() as channel:
        channel.client.hset("unacked", "a-workers-tag", "[]")
        channel.client.zadd("unacked_index", {"a-workers-tag": 1})
        try:
            Consumer().drain_once(bus)
            assert channel.client.hexists("unacked", "a-workers-tag")
        finally:
            channel.client.hdel("unacked", "a-workers-tag")
            channel.client.zrem("unacked_index", "a-workers-tag")
