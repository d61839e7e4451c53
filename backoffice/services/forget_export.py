"""Delete the files of an export."""

from backoffice.exports.storage import files, name_of
from backoffice.models import ExportJob


def forget_export(job: ExportJob) -> None:
    """Delete what all runs of a job may have left, also those that were killed while they wrote."""
    for number in range(1, job.tries + 1):
        files().delete(name_of(job, number))
