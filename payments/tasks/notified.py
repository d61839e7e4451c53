"""A payment of a subscription has finished, says somebody: a worker looks. One that is lost is asked about by beat."""

import uuid

from celery import shared_task

from payments.services.subscriptions.notified import look_at


@shared_task(name="payments.look_at_notified", ignore_result=True, acks_late=True)
def look_at_notified(payment_id: str, evidence: str = "") -> None:
    """Look how a payment and its subscription really stand."""
    look_at(uuid.UUID(payment_id), evidence=evidence)
