"""Celery tasks: ids in, one call, a retry policy."""

from . import authorizations, expiry, idempotency, inbox, ledger, mails, outbound, reconcile, steps

__all__ = ["authorizations", "expiry", "idempotency", "inbox", "ledger", "mails", "outbound", "reconcile", "steps"]
