"""End payments that waited too long."""

import uuid

from celery import shared_task
from django.conf import settings

from payments.services.expire_due import due_for_expiry, expire_payment

from .nudge import nudge
from .periodic import once_per_slot


@shared_task(name="payments.expire_due", ignore_result=True)
@once_per_slot("payments.expire_due", lambda: settings.RECONCILE_INTERVAL)
def expire_due() -> None:
    """Find what is over and give each one to a worker."""
    for payment_id in due_for_expiry():
        nudge(expire_one, str(payment_id))


@shared_task(name="payments.expire_one", ignore_result=True, acks_late=True)
def expire_one(payment_id: str) -> None:
    """Expire one payment."""
    expire_payment(uuid.UUID(payment_id))
