"""Celery tasks of the backoffice: ids in, one call, what is lost found again."""

from . import batches, exports, forgetting

__all__ = ["batches", "exports", "forgetting"]
