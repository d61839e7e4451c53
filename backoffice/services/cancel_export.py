"""Cancel an export that is not finished, and delete what is over."""

from django.db import transaction

from backoffice.exports.wish import wish_of
from backoffice.models import ExportJob, ExportState
from backoffice.models.export_job import UNFINISHED
from backoffice.services import export_audit
from backoffice.services.forget_export import forget_export
from paymenthub.kernel import clock
from payments.models import AuditOutcome


def cancel_export(job: ExportJob) -> bool:
    """Cancel it; tell whether there was anything to cancel. Its worker stops at its next news."""
    with transaction.atomic():
        waiting = ExportJob.objects.filter(pk=job.pk, state__in=UNFINISHED)
        if not waiting.update(state=ExportState.CANCELLED, finished_at=clock.now()):
            return False
        export_audit.end(
            job.user,
            wish_of(job),
            audit_id=job.audit_id,
            object_id=job.id,
            address=job.address,
            rows=0,
            outcome=AuditOutcome.KO,
            message="Cancelled.",
        )
    return True


def delete_expired(limit: int = 200) -> int:
    """Delete the files whose time is over; their rows stay. A storage that is away is asked again at the next look."""
    over = ExportJob.objects.filter(state=ExportState.READY, expires_at__lte=clock.now()).order_by("expires_at")
    deleted = 0
    for job in over[:limit]:
        forget_export(job)
        deleted += ExportJob.objects.filter(pk=job.pk, state=ExportState.READY).update(
            state=ExportState.EXPIRED, stored_name=""
        )
    return deleted
