"""From rows to the bus: in order for each payment, at least once, with the same id in every try.

A message is claimed, sent, and marked; the next one of its payment is not looked at before. A process that dies between
sending and marking leaves the claim, after which the same message is sent again under the same id.
"""

import logging
import threading
from collections.abc import Sequence

from django.db import DatabaseError, InterfaceError, connection
from kombu import Connection, Producer

from paymenthub.kernel import clock, db
from payments import locks
from payments.models import BusMessage

from .connection import Topology, connect, trouble_of
from .envelope import CONTENT_TYPE, render

logger = logging.getLogger(__name__)

BATCH = 100
CLAIM_SECONDS = 60.0
_SEND_WITHIN = 20.0
"""Seconds of a claim in which a send may begin: well before another publisher could take the message up."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_IDLE = 0.2
_PERSISTENT = 2


class Publisher:
    """One loop of its own, so that a bus that is away holds nothing else up. Set `stop` to end it."""

    def __init__(self, *, stop: threading.Event | None = None) -> None:
        self.stop = stop or threading.Event()
        self._pause = 0.0

    def run(self) -> None:
        """Publish until `stop` is set."""
        bus: Connection | None = None
        try:
            while not self.stop.is_set():
                bus = bus or connect()
                try:
                    sent = publish_due(bus, stop=self.stop)
                except trouble_of(bus) as error:
                    self._trouble("The event bus is away; what is due stays due.", error)
                    _close(bus)
                    bus = None
                except (DatabaseError, InterfaceError) as error:
                    connection.close()
                    self._trouble("The database is away.", error)
                else:
                    self._pause = 0.0
                    if not sent:
                        self.stop.wait(_IDLE)
        finally:
            if bus is not None:
                _close(bus)
            connection.close()

    def _trouble(self, text: str, error: BaseException) -> None:
        if not self._pause:
            logger.warning(text, extra={"cause": type(error).__name__})
        self._pause = min(self._pause * 2 or _FIRST_PAUSE, _LONGEST_PAUSE)
        self.stop.wait(self._pause)


def publish_due(bus: Connection, *, limit: int = BATCH, stop: threading.Event | None = None) -> int:
    """Publish the next message of up to `limit` payments; return how many. Raises what the broker raises, with everything
    that was not sent due again."""
    began = clock.monotonic()
    with db.durable():
        rows = locks.due_bus_messages(limit, now=clock.now(), lease_seconds=CLAIM_SECONDS)
    waiting = list(rows)
    try:
        if rows:
            _send_all(bus, waiting, began, stop)
    finally:
        _give_back(waiting)
    return len(rows) - len(waiting)


def _send_all(bus: Connection, waiting: list[BusMessage], began: float, stop: threading.Event | None) -> None:
    topology = Topology()
    with bus.channel() as channel:
        producer = Producer(channel, exchange=topology.exchange)
        for queue in topology.event_queues():
            queue(channel).declare()
        while waiting and clock.monotonic() - began < _SEND_WITHIN and not (stop and stop.is_set()):
            send(producer, waiting[0])
            _mark(waiting[0])
            waiting.pop(0)


def send(producer: Producer, message: BusMessage) -> None:
    """Give one message to the broker, which has it on return."""
    producer.publish(
        render(message),
        routing_key=message.type,
        content_type=CONTENT_TYPE,
        content_encoding="utf-8",
        delivery_mode=_PERSISTENT,
        message_id=str(message.id),
        type=message.type,
        retry=False,
    )


def _mark(message: BusMessage) -> None:
    BusMessage.objects.filter(pk=message.pk).update(published_at=clock.now())


def _give_back(rows: Sequence[BusMessage]) -> None:
    """Make due again what was claimed and not sent, unless the claim is over and somebody else has it."""
    for row in rows:
        BusMessage.objects.filter(pk=row.pk, published_at=None, next_try_at=row.next_try_at).update(
            next_try_at=clock.now()
        )


def _close(bus: Connection) -> None:
    try:
        bus.release()
    except trouble_of(bus) as error:
        logger.info("the bus was not there to say good-bye", extra={"cause": type(error).__name__})
