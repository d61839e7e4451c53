"""PostgreSQL, the only database."""

from typing import Any

from . import env

_default = env.database(
    "DATABASE_URL", help="postgres:// URL of the one database; unset: `make up` starts an embedded one."
)
_pool = env.integer(
    "DATABASE_POOL_SIZE",
    0,
    help="Connections that one web process shares between its threads; 0 keeps one connection a thread.",
    maximum=1000,
)
_options: dict[str, object] = {**_default["OPTIONS"]}  # type: ignore[dict-item]
# A lock that is not given within this time is an error to the caller, not a queue without end.
_options["options"] = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s"
if _pool:
    # Threads wait for PSPs without holding a connection, so a few connections carry many threads.
    _options["pool"] = {"min_size": 1, "max_size": _pool, "timeout": 10}

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_default,
        "OPTIONS": _options,
        "CONN_MAX_AGE": 0 if _pool else 300,
        "CONN_HEALTH_CHECKS": not _pool,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "ATOMIC_REQUESTS": False,
    }
}
