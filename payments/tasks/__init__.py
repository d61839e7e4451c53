"""Celery tasks: ids in, one call, a retry policy."""

from . import authorizations, expiry, idempotency, inbox, ledger, orders, outbound, reconcile

__all__ = ["authorizations", "expiry", "idempotency", "inbox", "ledger", "orders", "outbound", "reconcile"]
