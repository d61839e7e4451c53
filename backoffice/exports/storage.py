"""Where the files of exports lie: Django's storage `exports`, private; only the download page reads it."""

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import Storage, storages

from backoffice.models import ExportJob

FAILURES = (OSError, BotoCoreError, ClientError)
"""What a storage raises that is full or away."""


def name_of(job: ExportJob, number: int) -> str:
    """Return the name under which one run of a job keeps its file; nobody can guess a job's id."""
    return f"{job.id.hex}/{number}"


def forget(job: ExportJob) -> None:
    """Delete what all runs of a job may have left, also those that were killed while they wrote."""
    for number in range(1, job.tries + 1):
        files().delete(name_of(job, number))


def files() -> Storage:
    """Return the storage."""
    return storages["exports"]
