"""How long notifications of providers are worked on."""

from . import env

INBOX_RETRY_FOR = env.number(
    "INBOX_RETRY_FOR",
    604800.0,
    help="Seconds after which a notification that names no payment of ours is left to a person, and tried no more.",
)
