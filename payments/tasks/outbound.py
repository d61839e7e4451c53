"""Send callbacks in a worker. The relay hands them out; a message that is lost is handed out again."""

from uuid import UUID

from celery import shared_task

from payments.outbound.deliver import deliver


@shared_task(name="payments.deliver", ignore_result=True, acks_late=True, soft_time_limit=90, time_limit=100)
def deliver_callback(delivery_id: str, tries: int | None = None) -> None:
    """Send one callback once, if it was tried exactly `tries` times before."""
    deliver(UUID(delivery_id), tries=tries)
