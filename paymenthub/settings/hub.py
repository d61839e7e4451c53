"""What is ours: roles, providers, keys, time limits."""

import os

from django.core.exceptions import ImproperlyConfigured

from . import env

ROLES = ("api", "web", "admin")
HUB_ROLES = env.words(
    "HUB_ROLES", list(ROLES), allowed=ROLES, help="What this process mounts; what it does not serve is a 404."
)
if not HUB_ROLES or not os.environ.get("HUB_ROLES", "unset").strip():
    raise ImproperlyConfigured("HUB_ROLES is empty: name at least one of api, web, admin, or unset it for all.")
HUB_ENVIRONMENT = "local"
HUB_VERSION = "0.1.0"
HUB_PUBLIC_URL = env.text(
    "HUB_PUBLIC_URL",
    "http://127.0.0.1:8000",
    help="Base URL by which customers and PSPs reach this hub; no slash at its end.",
).rstrip("/")

HUB_ENCRYPTION_KEYS = env.words(
    "HUB_ENCRYPTION_KEYS",
    [],
    help="Keys that encrypt credentials, newest first; production refuses to start without one.",
)
HUB_ENCRYPTION_KEYS_FILE = env.text(
    "HUB_ENCRYPTION_KEYS_FILE", help="File with such keys, one a line; made locally when absent."
)

PROVIDER_DRIVERS = [
    "providers.drivers.sandbox.SandboxDriver",
    "providers.drivers.stripe.StripeDriver",
]
ENABLED_PROVIDERS = env.words(
    "ENABLED_PROVIDERS", [], help="Provider codes that are offered; empty: all that have a driver."
)

PSP_CONNECT_TIMEOUT = env.number("PSP_CONNECT_TIMEOUT", 3.0, help="Seconds to reach a PSP.")
PSP_READ_TIMEOUT = env.number("PSP_READ_TIMEOUT", 20.0, help="Seconds to wait for a PSP's answer.")
PSP_TOTAL_TIMEOUT = env.number("PSP_TOTAL_TIMEOUT", 25.0, help="Seconds one exchange with a PSP may take in all.")
PSP_MAX_IN_FLIGHT = env.integer(
    "PSP_MAX_IN_FLIGHT",
    32,
    minimum=1,
    help="Calls in flight per provider account and process; over it: 503, nothing sent.",
)
ATTEMPT_LEASE = env.number(
    "ATTEMPT_LEASE",
    60.0,
    help="Seconds a process owns an attempt it runs; after them the PSP is asked. Above PSP_TOTAL_TIMEOUT.",
)
NOT_FOUND_GRACE = env.number(
    "NOT_FOUND_GRACE", 900.0, help="Seconds before a PSP's «not found» may end an attempt that may have been sent."
)
AUTHORIZATION_LIFETIME_DAYS = env.integer(
    "AUTHORIZATION_LIFETIME_DAYS",
    7,
    minimum=1,
    help="Days after which an authorisation counts as over, unless the PSP says.",
)
AUTHORIZATION_WARNING_HOURS = env.integer(
    "AUTHORIZATION_WARNING_HOURS",
    24,
    minimum=1,
    help="Hours before an authorisation ends at which an operator is warned.",
)
UNSENT_PAYMENT_HOURS = env.integer(
    "UNSENT_PAYMENT_HOURS",
    24,
    minimum=1,
    help="Hours for which a payment waits to be sent again after the PSP was not reached.",
)
CHECKOUT_HOURS = env.integer(
    "CHECKOUT_HOURS",
    24,
    minimum=1,
    help="Hours for which a payment that is opened without a method waits to be begun, unless its request says.",
)
CHECKOUT_MAX_ATTEMPTS = env.integer(
    "CHECKOUT_MAX_ATTEMPTS", 5, minimum=1, help="Tries that one payment's customer has in the checkout."
)
CHECKOUT_TOKEN_SECONDS = env.integer(
    "CHECKOUT_TOKEN_SECONDS", 900, minimum=60, help="Seconds for which a checkout address can be opened, once."
)
RECONCILE_INTERVAL = env.number(
    "RECONCILE_INTERVAL", 30.0, help="Seconds between two looks for attempts to ask a PSP about."
)
RECONCILE_MINIMUM_AGE = env.number(
    "RECONCILE_MINIMUM_AGE", 60.0, help="Seconds before a pending attempt is first asked about."
)
POLL_MAX_IN_FLIGHT = env.integer(
    "POLL_MAX_IN_FLIGHT",
    4,
    minimum=1,
    help="Scheduled questions in flight per provider account, all workers together.",
)
POLL_GIVE_UP_AFTER = env.integer(
    "POLL_GIVE_UP_AFTER",
    604800,
    minimum=3600,
    help="Seconds after which what is still undecided is put before an operator; it is asked about all the same.",
)
BREAKER_FAILURES = env.integer(
    "BREAKER_FAILURES",
    10,
    minimum=0,
    help="Calls in a row that a PSP leaves unanswered before nothing new is sent to it (503 provider_unavailable); 0: never.",
)
BREAKER_PAUSE = env.number("BREAKER_PAUSE", 30.0, help="Seconds before one call tries such a PSP again.")

PAYMENT_MACHINE_FILE = env.text(
    "PAYMENT_MACHINE_FILE",
    help="JSON file of the payment machine of projects that installed none; empty: the one that comes with the hub.",
)
PAYMENT_CALLBACK_URL = env.text(
    "PAYMENT_CALLBACK_URL", help="Where outcomes are posted for projects that name no address."
)
CALLBACK_ALLOW_PRIVATE = env.boolean(
    "CALLBACK_ALLOW_PRIVATE", False, help="Whether callbacks may go to private and loopback addresses."
)
CALLBACK_TIMEOUT = env.number("CALLBACK_TIMEOUT", 15.0, help="Seconds one callback may take in all.")
CALLBACK_RETRY_FOR = env.integer(
    "CALLBACK_RETRY_FOR", 259200, help="Seconds during which a failed callback is tried again."
)
IDEMPOTENCY_HOURS = env.integer("IDEMPOTENCY_HOURS", 48, minimum=24, help="Hours for which an Idempotency-Key is kept.")
API_RATE_LIMIT = env.text(
    "API_RATE_LIMIT",
    "1200/min",
    help="Requests per API key and path: a number / sec, min, hour or day; `off`: no limit.",
)
API_KEY_CACHE_SECONDS = env.number(
    "API_KEY_CACHE_SECONDS", 5.0, help="Seconds for which a checked key is believed; a revoked one stops within them."
)
INBOX_LEASE = env.number(
    "INBOX_LEASE", 60.0, help="Seconds a worker owns a notification; a dead one's is taken up after them."
)
WEBHOOK_TOLERANCE = env.number(
    "WEBHOOK_TOLERANCE", 300.0, help="Seconds by which a PSP's signature time may differ from ours."
)
WEBHOOK_MAX_BYTES = env.integer(
    "WEBHOOK_MAX_BYTES", 1_048_576, minimum=1024, help="Largest PSP notification that is taken."
)
REQUEST_MAX_BYTES = env.integer(
    "REQUEST_MAX_BYTES", 262_144, minimum=1024, help="Largest API request body that is taken."
)
DATA_UPLOAD_MAX_MEMORY_SIZE = REQUEST_MAX_BYTES
SAGA_COMMAND_RETRY_FOR = env.integer(
    "SAGA_COMMAND_RETRY_FOR", 86400, help="Seconds during which a step of the saga that fails is tried again."
)
SAGA_MAX_STEPS = env.integer(
    "SAGA_MAX_STEPS",
    100,
    minimum=1,
    help="Events that steps and time limits may feed one payment; then an operator is asked.",
)
SAGA_TIMEOUT_INTERVAL = env.number(
    "SAGA_TIMEOUT_INTERVAL", 10.0, help="Seconds between two looks for states whose time limit is over."
)
RELAY_INTERVAL = env.number("RELAY_INTERVAL", 0.2, help="Seconds the relay sleeps when there was nothing to do.")

FLOW_MANAGER_URL = env.text(
    "FLOW_MANAGER_URL",
    help="Base URL of an outside Flow Manager that commands this hub at /saga/*; it is told events at {URL}/event.",
).rstrip("/")
FLOW_MANAGER_SECRET = env.text(
    "FLOW_MANAGER_SECRET", help="API key for the Flow Manager and its saga collection, as header `secret`.", secret=True
)
SAGA_CRUD_URL = env.text(
    "SAGA_CRUD_URL",
    help="URL of the outside Flow Manager's saga collection: read where a command does not bring the whole metadata.",
).rstrip("/")
FLOW_MANAGER_SYSTEM_EVENT_STYLE = env.choice(
    "FLOW_MANAGER_SYSTEM_EVENT_STYLE",
    "ByTheSystem",
    allowed=("ByTheSystem", "BySystem", "Frullino", "plain"),
    help="How events that the poller found are called: paymentExecutedByTheSystem, paymentExecutedBySystem (the published "
    "template), paymentExecutedFrullino, or plain paymentExecuted.",
)
FLOW_MANAGER_TIMEOUT = env.number("FLOW_MANAGER_TIMEOUT", 10.0, help="Seconds one call to the Flow Manager may take.")
FLOW_MANAGER_ALARM_AFTER = env.integer(
    "FLOW_MANAGER_ALARM_AFTER",
    900,
    minimum=1,
    help="Seconds for which the Flow Manager may leave an event untaken before an operator is told; it is sent on.",
)
FLOW_COMMAND_RETRY_FOR = env.integer(
    "FLOW_COMMAND_RETRY_FOR",
    540,
    minimum=1,
    maximum=86400,
    help="Seconds for which a Flow Manager's command is tried while the PSP cannot be reached; then it has failed.",
)
