"""The one table of periodic work."""

from collections.abc import Iterator
from typing import Any


def periodic_tasks(settings: Any) -> Iterator[tuple[str, float]]:
    """Name each periodic task with its interval in seconds."""
    yield "payments.reconcile_due", settings.RECONCILE_INTERVAL
    yield "payments.expire_due", settings.RECONCILE_INTERVAL
    yield "payments.time_out_states", settings.SAGA_TIMEOUT_INTERVAL
    yield "payments.warn_authorizations", 3600.0
    yield "payments.purge_idempotency_keys", 3600.0
    yield "payments.prove_ledger", 3600.0
    yield "payments.look_after_mails", 30.0
    yield "payments.refresh_rollups", 60.0
    yield "payments.prove_rollups", 3600.0
    yield "invoices.sweep", settings.INVOICE_INTERVAL
    yield "payments.bus_retry", settings.RECONCILE_INTERVAL
    yield "backoffice.sweep_exports", settings.EXPORT_INTERVAL
    yield "payments.renew_due", settings.SUBSCRIPTION_RENEW_EVERY
    yield "backoffice.look_after_batches", 30.0
    yield "backoffice.forget_old", 3600.0
