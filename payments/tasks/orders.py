"""Carry out what orders need, and look again at news of orders that are not known yet."""

import uuid

from celery import shared_task
from django.conf import settings

from payments.bus.retry import retry_waiting
from payments.services.order_work import work

from .periodic import once_per_slot


@shared_task(name="payments.order_work", ignore_result=True, acks_late=True)
def order_work(intent_id: str) -> None:
    """Do what one order needs. An error leaves it due; the relay hands it out again after a minute."""
    work(uuid.UUID(intent_id))


@shared_task(name="payments.bus_retry", ignore_result=True)
@once_per_slot("payments.bus_retry", lambda: settings.RECONCILE_INTERVAL)
def bus_retry() -> None:
    """Take in what waited for its order."""
    retry_waiting()
