"""The broker of the bus: one connection, its exchange and queues. Redis by default, RabbitMQ by URL."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from kombu import Connection, Exchange, Queue
from kombu.exceptions import KombuError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from .redis_transport import Transport

AWAY = (BrokerError, KombuError, RedisError, OSError)
"""What a broker that is away, or goes away, raises. AMQP's own errors are added by `trouble_of`."""

_REDIS = ("redis://", "rediss://", "redis+socket://")


def connect() -> Connection:
    """Make a connection to the bus; nothing is sent before it is used."""
    url = settings.EVENT_BUS_URL
    if url.startswith("unix://"):
        url = "redis+socket://" + url.removeprefix("unix://").replace("?db=", "?virtual_host=")
    if not url.startswith(_REDIS):
        # A message counts as sent once RabbitMQ has it on its disk and says so.
        options: dict[str, Any] = {"confirm_publish": True, "max_retries": 0, "read_timeout": 30, "write_timeout": 30}
        return Connection(url, connect_timeout=3, heartbeat=0, transport_options=options)
    bus = Connection(url, transport_options=_redis_options())
    setattr(bus, "transport_cls", Transport)  # noqa: B010 - a URL's own scheme goes before an argument; stubs know strings only
    return bus


def _redis_options() -> dict[str, Any]:
    return {
        "visibility_timeout": settings.EVENT_BUS_REDELIVER_SECONDS,
        "socket_timeout": 30,
        "socket_connect_timeout": 3,
        "max_retries": 0,
        # The workers' broker may be the same database: what they have taken must not be given out again by us.
        "unacked_key": "paymenthub.bus.unacked",
        "unacked_index_key": "paymenthub.bus.unacked_index",
        "unacked_mutex_key": "paymenthub.bus.unacked_mutex",
    }


def trouble_of(connection: Connection) -> tuple[type[BaseException], ...]:
    """List the errors after which this connection must be made anew."""
    return (*AWAY, *connection.connection_errors, *connection.channel_errors)


@dataclass(frozen=True, slots=True)
class Topology:
    """What the hub declares: one topic exchange for its events, its readers' queues, and its own two queues."""

    exchange: Exchange = field(
        default_factory=lambda: Exchange(settings.EVENT_BUS_EXCHANGE, type="topic", durable=True)
    )

    def event_queues(self) -> list[Queue]:
        """Return the readers' queues, each bound to everything."""
        return [Queue(name, self.exchange, routing_key="#", durable=True) for name in settings.EVENT_BUS_EVENT_QUEUES]

    def command_queue(self) -> Queue:
        """Return the queue from which messages are taken: written to by its own name."""
        name = settings.EVENT_BUS_COMMAND_QUEUE
        return Queue(name, Exchange(name, type="topic", durable=True), routing_key="#", durable=True)

    def dead_letter_queue(self) -> Queue:
        """Return the queue to which what cannot be taken is moved."""
        name = settings.EVENT_BUS_DEAD_LETTER_QUEUE
        return Queue(name, Exchange(name, type="topic", durable=True), routing_key="#", durable=True)
