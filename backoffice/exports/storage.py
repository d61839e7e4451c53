"""Where the files of exports lie: Django's storage `exports`, private; only the download page reads it."""

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import Storage, storages

from backoffice.models import ExportJob

FAILURES = (OSError, BotoCoreError, ClientError)
"""What a storage raises that is full or away."""


def name_of(job: ExportJob, number: int) -> str:
    """Return the name under which one run of a job keeps its file; nobody can guess a job's id."""
    return f"{job.id.hex}/{number}"


def files() -> Storage:
    """Return the storage."""
    return storages["exports"]
