"""Celery tasks: ids in, one call, a retry policy."""

from . import (
    authorizations,
    expiry,
    flow_manager,
    idempotency,
    inbox,
    ledger,
    mails,
    notified,
    orders,
    outbound,
    reconcile,
    renewals,
    rollups,
    steps,
)

__all__ = [
    "authorizations",
    "expiry",
    "flow_manager",
    "idempotency",
    "inbox",
    "ledger",
    "mails",
    "notified",
    "orders",
    "outbound",
    "reconcile",
    "renewals",
    "rollups",
    "steps",
]
