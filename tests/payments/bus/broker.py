"""A real broker for one test: queues of its own, emptied at the end."""

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from kombu import Connection, Producer

from payments.bus.connection import Topology, connect
from payments.models import BusMessage


class Broker:
    """What the order system has: it publishes to the hub's queue, and reads the hub's events."""

    def __init__(self, settings: Any) -> None:
        self._settings = settings
        self.bus: Connection = connect()

    def send(self, body: bytes | dict[str, Any], *, type: str = "", id: str = "", **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"type": type, "id": id, **headers}
        with self.bus.channel() as channel:
            Topology().command_queue()(channel).declare()
            Producer(channel).publish(
                raw,
                exchange="",
                routing_key=self._settings.EVENT_BUS_COMMAND_QUEUE,
                content_type="application/json",
                content_encoding="utf-8",
                headers={name: value for name, value in named.items() if value},
                delivery_mode=2,
            )

    def read(self, queue: str) -> list[Any]:
        """Take everything from a queue."""
        found = []
        with self.bus.channel() as channel:
            while (raw := channel.basic_get(queue=queue, no_ack=True)) is not None:
                convert = getattr(channel, "message_to_python", None)
                found.append(convert(raw) if convert and not hasattr(raw, "payload") else raw)
        return found

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(bytes_of(each.body)) for each in self.read(self._settings.EVENT_BUS_EVENT_QUEUES[0])]

    def dead(self) -> list[Any]:
        return self.read(self._settings.EVENT_BUS_DEAD_LETTER_QUEUE)

    def close(self) -> None:
        with self.bus.channel() as channel:
            topology = Topology()
            for queue in (*topology.event_queues(), topology.command_queue(), topology.dead_letter_queue()):
                bound = queue(channel)
                bound.declare()
                bound.delete()
        self.bus.release()


def bytes_of(body: Any) -> bytes:
    return body if isinstance(body, bytes) else bytes(body) if isinstance(body, memoryview) else str(body).encode()


@contextmanager
def broker(settings: Any, url: str) -> Iterator[Broker]:
    """A broker whose queues nobody else knows."""
    own = uuid.uuid4().hex[:12]
    settings.EVENT_BUS_ENABLED = True
    settings.EVENT_BUS_URL = url
    settings.EVENT_BUS_EXCHANGE = f"test-{own}.events"
    settings.EVENT_BUS_EVENT_QUEUES = [f"test-{own}.outcomes"]
    settings.EVENT_BUS_COMMAND_QUEUE = f"test-{own}.commands"
    settings.EVENT_BUS_DEAD_LETTER_QUEUE = f"test-{own}.dead"
    made = Broker(settings)
    try:
        yield made
    finally:
        made.close()


def environment(settings: Any) -> dict[str, str]:
    """What another process needs to use the same broker and database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    named = {
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{settings.DATABASES['default']['NAME']}")),
        "EVENT_BUS_ENABLED": "true",
        "EVENT_BUS_URL": settings.EVENT_BUS_URL,
        "EVENT_BUS_EXCHANGE": settings.EVENT_BUS_EXCHANGE,
        "EVENT_BUS_EVENT_QUEUES": settings.EVENT_BUS_EVENT_QUEUES[0],
        "EVENT_BUS_COMMAND_QUEUE": settings.EVENT_BUS_COMMAND_QUEUE,
        "EVENT_BUS_DEAD_LETTER_QUEUE": settings.EVENT_BUS_DEAD_LETTER_QUEUE,
        "EVENT_BUS_REDELIVER_SECONDS": "1",
        "EVENT_BUS_INTERVAL": "0.05",
        "DJANGO_SETTINGS_MODULE": "paymenthub.settings.test",
    }
    return {**os.environ, **named}


def unpublished() -> int:
    return BusMessage.objects.filter(published_at=None).count()
