"""Celery tasks: ids in, one call, a retry policy."""

from . import authorizations, idempotency, inbox, outbound, reconcile

__all__ = ["authorizations", "idempotency", "inbox", "outbound", "reconcile"]
