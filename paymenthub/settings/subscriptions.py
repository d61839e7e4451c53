"""Subscriptions: how often what is due is looked for, and what follows a decline."""

from django.core.exceptions import ImproperlyConfigured

from . import env

SUBSCRIPTION_RENEW_EVERY = env.number(
    "SUBSCRIPTION_RENEW_EVERY", 120.0, help="Seconds between two looks for subscriptions that are due."
)
SUBSCRIPTION_BATCH = env.integer(
    "SUBSCRIPTION_BATCH", 20, minimum=1, maximum=1000, help="Due subscriptions that one worker takes at a time."
)
SUBSCRIPTION_WORKERS = env.integer(
    "SUBSCRIPTION_WORKERS", 4, minimum=1, maximum=64, help="Tasks that renew what is due at the same time."
)
SUBSCRIPTION_MISSED = env.choice(
    "SUBSCRIPTION_MISSED",
    "skip",
    allowed=("skip", "catch_up"),
    help="Periods missed while nobody renewed: `skip` charges the current one only, `catch_up` one missed period a day.",
)
SUBSCRIPTION_DUNNING_DAYS = env.words(
    "SUBSCRIPTION_DUNNING_DAYS",
    ["1", "3", "5", "7"],
    help="Days after its due date on which a declined renewal is tried again; after the last one it is given up.",
)
if not all(day.isdecimal() for day in SUBSCRIPTION_DUNNING_DAYS) or [
    int(day) for day in SUBSCRIPTION_DUNNING_DAYS
] != sorted({int(day) for day in SUBSCRIPTION_DUNNING_DAYS} - {0}):
    raise ImproperlyConfigured("SUBSCRIPTION_DUNNING_DAYS: name whole days from 1 up, each later than the one before.")
SUBSCRIPTION_PAUSE_BEFORE_RETRY = env.number(
    "SUBSCRIPTION_PAUSE_BEFORE_RETRY",
    300.0,
    help="Seconds for which a worker owns what is due; after them another one may look.",
)
SUBSCRIPTION_AUTHENTICATION_HOURS = env.integer(
    "SUBSCRIPTION_AUTHENTICATION_HOURS",
    48,
    minimum=1,
    help="Hours for which a renewal that needs its customer waits for them before the next try.",
)
MANUAL_PROVIDERS = env.words(
    "MANUAL_PROVIDERS",
    ["satispay", "axerve", "adyen"],
    help="Providers whose subscriptions this hub charges itself; elsewhere the provider does, where it can.",
)
