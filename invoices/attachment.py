"""The PDF of a payment's document as an attachment of a mail: here it is, it will come, or there is none."""

import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from . import storage
from .domain.document import DocumentKind
from .models import Invoice, IssueJob, JobState
from .selectors.profiles import profile_of
from .subscriber import EVENTS


class Readiness(StrEnum):
    """READY: here it is; NOT_YET: it will come; NEVER: there will be none."""

    READY = "ready"
    NOT_YET = "not_yet"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Attachment:
    """The answer; name, media type and content only where it is READY."""

    readiness: Readiness
    name: str = ""
    media_type: str = ""
    content: bytes = b""


_NEVER = Attachment(Readiness.NEVER)
_NOT_YET = Attachment(Readiness.NOT_YET)


def attachment_for(
    *,
    project_id: uuid.UUID,
    payment_id: uuid.UUID,
    event_id: uuid.UUID | None,
    event_type: str,
    refund_id: uuid.UUID | None,
) -> Attachment:
    """Find the document that an event is about: a refund's credit note, or the payment's invoice.

    NOT_YET while the event's job is due or its file is being made; a document that is held for an operator is NEVER,
    since nobody knows when it comes. Reads only; a storage that is away is NOT_YET.
    """
    if event_type not in EVENTS or profile_of(project_id) is None:
        return _NEVER
    about = Q(refund=refund_id, kind=DocumentKind.CREDIT_NOTE) if refund_id else Q(movement=None)
    invoice = Invoice.objects.filter(about, payment=payment_id).first()
    if invoice is None:
        unpublished_or_due = Q(event_id=event_id) if event_id else Q(payment=payment_id)
        is_due = IssueJob.objects.filter(unpublished_or_due, state=JobState.DUE).exists()
        return _NOT_YET if is_due else _NEVER
    if not invoice.is_ready:
        return _NOT_YET
    try:
        content = storage.read_file(invoice, "pdf")
    except storage.FAILURES:
        return _NOT_YET
    return Attachment(Readiness.READY, storage.shown_name(invoice, "pdf"), storage.MEDIA_TYPES["pdf"], content)
