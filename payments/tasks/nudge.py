"""Wake a worker. A nudge may be lost: the row it is about is found again by the relay or by beat."""

import logging
from typing import Any

from celery import Task
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def nudge(task: "Task[Any, Any]", *arguments: object) -> None:
    """Send a task to the broker; a broker that is down costs time and nothing else."""
    try:
        task.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning(
            "no worker could be woken; the work waits in the database", extra={"cause": type(error).__name__}
        )
