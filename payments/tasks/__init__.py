"""Celery tasks: ids in, one call, a retry policy."""

from . import authorizations, expiry, flow_manager, idempotency, inbox, ledger, outbound, reconcile, steps

__all__ = [
    "authorizations",
    "expiry",
    "flow_manager",
    "idempotency",
    "inbox",
    "ledger",
    "outbound",
    "reconcile",
    "steps",
]
