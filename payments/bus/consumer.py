"""From the bus to the hub: one message after the other, acknowledged once its transaction is committed."""

import logging
import threading
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from kombu import Connection, Producer
from kombu.message import Message

from paymenthub.kernel import clock
from paymenthub.kernel.errors import Busy

from . import dead_letters
from .connection import Topology, connect, trouble_of
from .envelope import Unreadable
from .intake import Delivery, Refused, take

logger = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_RESTORE_SECONDS = 5.0
_PERSISTENT = 2


class Consumer:
    """One loop; any number may run. Set `stop` to end it after the message that it is at."""

    def __init__(self, *, stop: threading.Event | None = None) -> None:
        self.stop = stop or threading.Event()
        self._pause = 0.0

    def run(self) -> None:
        """Take messages until `stop` is set."""
        logger.info("The bus consumer runs.")
        while not self.stop.is_set():
            bus = connect()
            try:
                with bus:
                    self._drain(bus)
            except trouble_of(bus) as error:
                self._trouble("The event bus is away.", error)
            except (DatabaseError, InterfaceError, Busy) as error:
                connection.close()
                self._trouble("The database, or the cache, is away; the message comes again.", error)
        logger.info("The bus consumer ends.")

    def drain_once(self, bus: Connection) -> int:
        """Take what there is now; return how many messages were taken."""
        with bus.channel() as channel:
            return self._all(_Open(channel))

    def _drain(self, bus: Connection) -> None:
        with bus.channel() as channel:
            queues = _Open(channel)
            while not self.stop.is_set():
                taken = self._all(queues)
                self._pause = 0.0
                if not taken:
                    self.stop.wait(settings.EVENT_BUS_INTERVAL)

    def _all(self, queues: "_Open") -> int:
        taken = 0
        queues.restore()
        while not self.stop.is_set() and (message := queues.next()) is not None:
            self._one(queues, message)
            taken += 1
        return taken

    def _one(self, queues: "_Open", message: Message) -> None:
        delivery = delivery_of(message)
        try:
            take(delivery)
        except (Unreadable, Refused) as error:
            queues.bury(delivery, str(error))
        except (DatabaseError, InterfaceError, Busy):
            message.requeue()
            raise
        except Exception as error:  # a message that no try survives must not stop the others
            logger.exception("a message from the bus could not be worked on")
            queues.bury(delivery, f"It could not be worked on: {type(error).__name__}.")
        message.ack()

    def _trouble(self, text: str, error: BaseException) -> None:
        if not self._pause:
            logger.warning(text, extra={"cause": type(error).__name__})
        self._pause = min(self._pause * 2 or _FIRST_PAUSE, _LONGEST_PAUSE)
        self.stop.wait(self._pause)


def delivery_of(message: Message) -> Delivery:
    """Read what the broker gave, without decoding it: its content type is the sender's word."""
    body = message.body
    raw = body if isinstance(body, bytes) else bytes(body) if isinstance(body, memoryview) else str(body or "").encode()
    key = (message.delivery_info or {}).get("routing_key")
    return Delivery(
        raw, dict(message.headers or {}), dict(message.properties or {}), key if isinstance(key, str) else ""
    )


class _Open:
    """The hub's two queues on one channel."""

    def __init__(self, channel: Any) -> None:
        topology = Topology()
        self._channel = channel
        self._queue = topology.command_queue()(channel)
        self._queue.declare()
        self._dead = topology.dead_letter_queue()(channel)
        self._dead.declare()
        self._restore_at = 0.0

    def next(self) -> Message | None:
        """Return the next message; None where there is none. One that is no message at all is buried on the way."""
        while True:
            raw = self._channel.basic_get(queue=self._queue.name, no_ack=False)
            if raw is None:
                return None
            headers = getattr(raw, "headers", None)
            if isinstance(headers, dict):
                headers.pop("compression", None)  # a small message could become a very large one
            convert = getattr(self._channel, "message_to_python", None)
            message: Message = convert(raw) if convert is not None and not isinstance(raw, Message) else raw
            return message

    def restore(self) -> None:
        """Give out again what a consumer that died had taken; RabbitMQ does so by itself."""
        restore = getattr(getattr(self._channel, "qos", None), "restore_visible", None)
        if restore is not None and clock.monotonic() >= self._restore_at:
            self._restore_at = clock.monotonic() + min(_RESTORE_SECONDS, settings.EVENT_BUS_REDELIVER_SECONDS)
            restore(num=100, interval=1)

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Keep a dead letter, and put a copy into the dead-letter queue: first of all the row."""
        letter = dead_letters.keep(delivery, queue=self._queue.name, reason=reason)
        logger.warning(
            "a message from the bus is a dead letter", extra={"dead_letter": str(letter.id), "reason": reason}
        )
        Producer(self._channel, exchange=self._dead.exchange).publish(
            delivery.body if letter.body_sealed else b"",
            routing_key=letter.type or "unknown",
            content_type="application/octet-stream",
            content_encoding="binary",
            delivery_mode=_PERSISTENT,
            headers={"x-reason": reason, "x-dead-letter-id": str(letter.id)},
            retry=False,
        )
