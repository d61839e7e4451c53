"""Understand notifications."""

import uuid

from celery import shared_task

from payments.inbox.process import process


@shared_task(name="payments.process_inbox", ignore_result=True, acks_late=True)
def process_inbox(message_id: str) -> None:
    """Work on one notification. An error leaves it due; it is tried again when its lease is over."""
    process(uuid.UUID(message_id))
