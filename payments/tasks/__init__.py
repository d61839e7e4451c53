"""Celery tasks: ids in, one call, a retry policy."""

from . import inbox, outbound, reconcile

__all__ = ["inbox", "outbound", "reconcile"]
