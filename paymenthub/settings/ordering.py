"""The order system: its commands, and the event bus."""

from django.core.exceptions import ImproperlyConfigured

from . import env
from .celery import REDIS_URL


def _one_of(name: str, default: str, allowed: tuple[str, ...], *, help: str) -> str:
    chosen = env.text(name, default, help=help)
    if chosen not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(word or 'empty' for word in allowed)}.")
    return chosen


EVENT_BUS_ENABLED = env.boolean(
    "EVENT_BUS_ENABLED",
    False,
    help="Whether events are published to, and messages taken from, the event bus. Off: nobody reads them, and a broker fills up.",
)
EVENT_BUS_URL = env.text(
    "EVENT_BUS_URL",
    help="Broker of the event bus: redis://, rediss://, unix:// or amqp://, amqps:// (RabbitMQ); unset: REDIS_URL.",
    secret=True,
)
EVENT_BUS_URL = EVENT_BUS_URL or REDIS_URL
EVENT_BUS_EXCHANGE = env.text(
    "EVENT_BUS_EXCHANGE", "payments", help="Topic exchange that events go to; the routing key is the message's name."
)
EVENT_BUS_EVENT_QUEUES = env.words(
    "EVENT_BUS_EVENT_QUEUES",
    ["payments.outcomes"],
    help="Queues that the hub declares and binds to all of its events, so that none is lost before its reader first comes.",
)
EVENT_BUS_COMMAND_QUEUE = env.text(
    "EVENT_BUS_COMMAND_QUEUE",
    "payments.commands",
    help="Queue that commands and the order system's events are taken from.",
)
EVENT_BUS_DEAD_LETTER_QUEUE = env.text(
    "EVENT_BUS_DEAD_LETTER_QUEUE", "payments.dead-letters", help="Queue that what cannot be understood is moved to."
)
EVENT_BUS_PROJECT = env.text(
    "EVENT_BUS_PROJECT", help="Project (`prj_…`) of messages that name none; empty: such messages are dead letters."
)
EVENT_BUS_MODE = _one_of(
    "EVENT_BUS_MODE", "", ("", "test", "live"), help="Mode of messages that name none; empty: such are dead letters."
)
EVENT_BUS_MAX_BYTES = env.integer(
    "EVENT_BUS_MAX_BYTES", 262_144, minimum=1024, help="Largest message that is taken from the bus."
)
EVENT_BUS_INTERVAL = env.number("EVENT_BUS_INTERVAL", 0.2, help="Seconds between looks at an idle bus.")
EVENT_BUS_REDELIVER_SECONDS = env.integer(
    "EVENT_BUS_REDELIVER_SECONDS",
    60,
    minimum=1,
    help="Seconds after which what a dead consumer had taken from Redis is given out again (RabbitMQ does so at once).",
)

ORDER_CAPTURE_ON = _one_of(
    "ORDER_CAPTURE_ON",
    "created",
    ("created", "confirmed", "completed", "never", "at_once"),
    help="News of an order upon which held money is taken: created, confirmed, completed, never; at_once: nothing is held.",
)
ORDER_FRAUD_GATE = env.boolean(
    "ORDER_FRAUD_GATE", False, help="Whether a capture waits for `fraud-check-passed`, and a failed check cancels."
)
if ORDER_FRAUD_GATE and ORDER_CAPTURE_ON == "at_once":
    raise ImproperlyConfigured(
        "ORDER_FRAUD_GATE holds captures back, and ORDER_CAPTURE_ON=at_once makes none: change one."
    )
ORDER_WAIT_MAX_SECONDS = env.number(
    "ORDER_WAIT_MAX_SECONDS", 20.0, help="Most seconds for which `wait` holds an answer of /payments/authorize back."
)
ORDER_CHECKOUT_HOURS = env.integer(
    "ORDER_CHECKOUT_HOURS", 24, minimum=1, help="Hours for which a checkoutUrl may be used to start a payment."
)
