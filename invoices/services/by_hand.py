"""What staff do about invoices, each with its row in the audit trail: look at a held one again, have a file made anew."""

from dataclasses import dataclass

from invoices.models import Invoice, IssueJob
from paymenthub.kernel import db
from paymenthub.kernel.errors import InvalidField, WrongState
from payments.models import AuditAction
from payments.services import audit

from . import files, jobs


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, from where and why."""

    actor: str
    reason: str
    address: str | None = None


def look_again(job: IssueJob, by: By) -> None:
    """Have a held payment looked at again at once. Raises WrongState where it is not held, InvalidField without a reason."""
    _check(by)
    with db.durable():
        if not jobs.release(payment_ids=[job.payment_id]):
            raise WrongState("It is not held any more.")
        draft = audit.Draft(
            action=AuditAction.ISSUE,
            project=job.project,
            object_id=job.id,
            number=0,
            actor=by.actor[:128],
            address=by.address,
            note=by.reason[:500],
            payment=job.payment,
        )
        audit.done(draft, "The documents of the payment are looked at again.", before={"problem": job.problem})


def file_again(invoice: Invoice, by: By) -> None:
    """Have an invoice's file made anew; number and document stay. Raises InvalidField without a reason."""
    _check(by)
    with db.durable():
        files.make_again(invoice)
        draft = audit.Draft(
            action=AuditAction.ISSUE,
            project=invoice.project,
            object_id=invoice.id,
            number=0,
            actor=by.actor[:128],
            address=by.address,
            note=by.reason[:500],
            payment=invoice.payment,
        )
        audit.done(draft, f"The file of {invoice.number} is made again.", before={"file": invoice.file_state})


def _check(by: By) -> None:
    if not by.reason.strip():
        raise InvalidField("Say why.", param="reason")
