"""Forget idempotency keys and checkout tokens whose time is over."""

from celery import shared_task

from payments.idempotency import purge
from payments.services import checkout_tokens

from .periodic import once_per_slot

PURGE_SECONDS = 3600.0
_AT_ONCE = 10_000


@shared_task(name="payments.purge_idempotency_keys", ignore_result=True)
@once_per_slot("payments.purge_idempotency_keys", lambda: PURGE_SECONDS)
def purge_idempotency_keys() -> None:
    """Delete them in portions, so that no statement runs long."""
    while purge(limit=_AT_ONCE) == _AT_ONCE:
        pass
    while checkout_tokens.purge(limit=_AT_ONCE) == _AT_ONCE:
        pass
