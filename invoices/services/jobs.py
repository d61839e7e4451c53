"""Work on what is to be looked at: issue, or hold it for an operator, or try again later."""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db.models import F, Q

from invoices.domain.problems import Unbillable
from invoices.models import Invoice, IssueJob, JobState
from paymenthub.kernel import clock, db, ids
from payments.domain.attempt import ItemKind
from payments.services.operator_items import raise_item, settle_item

from .issue import issue_due

ACTOR = "invoices"
_LEASE = dt.timedelta(seconds=120)
_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 3600.0  # seconds
_TELL_AFTER = 5
_NEXT_STEPS = {
    "issuer_incomplete": "Complete the project's issuer profile in the backoffice; held invoices are then issued by themselves.",
    "rate_missing": "Give the project a default VAT rate, or request the invoice with lines (POST /v1/payments/{id}/invoice).",
    "captured_after_invoice": "More was captured than invoiced. Refund it, or bill the difference outside this hub.",
}
_OTHERWISE = (
    "Request the invoice with the right lines and buyer (POST /v1/payments/{id}/invoice), or bill outside this hub."
)


def due_jobs(limit: int = 200) -> list[uuid.UUID]:
    """Name the jobs that are due, oldest first."""
    due = IssueJob.objects.filter(state=JobState.DUE, due_at__lte=clock.now())
    return list(due.order_by("due_at").values_list("id", flat=True)[:limit])


def work_on(job_id: uuid.UUID) -> list[Invoice]:
    """Do one job; nothing where another worker has it. An unexpected error leaves it for later, and is raised."""
    job = _claim(job_id)
    if job is None:
        return []
    try:
        issued = issue_due(job.payment_id)
    except Unbillable as problem:
        _hold(job, problem)
        return []
    except Exception as error:
        if job.tries >= _TELL_AFTER:
            _raise(job, "error", f"{type(error).__name__} while it was issued; see the worker's log.")
        raise
    settled(project_id=job.project_id, payment_id=job.payment_id, job_id=job.pk)
    return issued


def settled(*, project_id: uuid.UUID, payment_id: uuid.UUID, job_id: uuid.UUID | None = None) -> None:
    """All documents of a payment are there: take this job and what was held away, and the operator item.

    Other jobs of the payment stay: they may be about something newer than what was just looked at.
    """
    with db.durable():
        IssueJob.objects.filter(Q(pk=job_id) | Q(state=JobState.HELD), payment=payment_id).delete()
        settle_item(
            project_id=project_id,
            kind=ItemKind.INVOICE_HELD,
            about=about(payment_id),
            by=ACTOR,
            resolution="The documents were issued.",
        )


def release(*, project_id: uuid.UUID | None = None, payment_ids: Iterable[uuid.UUID] | None = None) -> int:
    """Look again at what is held, of a project or of payments; return how many."""
    held = IssueJob.objects.filter(state=JobState.HELD)
    if project_id is not None:
        held = held.filter(project=project_id)
    if payment_ids is not None:
        held = held.filter(payment__in=list(payment_ids))
    return held.update(state=JobState.DUE, due_at=clock.now(), tries=0)


def about(payment_id: uuid.UUID) -> str:
    """Name a payment's documents to operators."""
    return f"invoice:{ids.public_id(ids.PAYMENT, payment_id)}"


def _claim(job_id: uuid.UUID) -> IssueJob | None:
    now = clock.now()
    mine = IssueJob.objects.filter(pk=job_id, state=JobState.DUE, due_at__lte=now)
    job = mine.first()
    if job is None:
        return None
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**job.tries)
    until = now + _LEASE + dt.timedelta(seconds=pause)
    if not mine.update(due_at=until, tries=F("tries") + 1):
        return None
    job.tries += 1
    return job


def _hold(job: IssueJob, problem: Unbillable) -> None:
    with db.durable():
        held = IssueJob.objects.filter(pk=job.pk)
        if held.update(state=JobState.HELD, problem=problem.code[:32], message=problem.message[:500]):
            _raise(job, problem.code, problem.message)


def _raise(job: IssueJob, code: str, message: str) -> None:
    raise_item(
        project_id=job.project_id,
        payment_id=job.payment_id,
        kind=ItemKind.INVOICE_HELD,
        about=about(job.payment_id),
        next_step=_NEXT_STEPS.get(code, _OTHERWISE),
        evidence={"problem": code, "message": message},
    )
