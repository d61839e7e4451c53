"""The PDF of a payment's document as an attachment of the mail about it: here it is, it will come, or there is none."""

import uuid

from django.db.models import Q

from payments.domain.attempt import MovementKind
from payments.models import Mail, Movement, OutboxEvent
from payments.notifications.attachments import Offer, Readiness
from payments.notifications.envelope import Attached

from . import storage
from .models import Invoice, IssueJob, JobState
from .selectors.profiles import profile_of
from .subscriber import EVENTS

_PAID, _GIVEN_BACK = "payment_paid", ("refund_partial", "refund_total")
_NEVER, _NOT_YET = Offer(Readiness.NEVER), Offer(Readiness.NOT_YET)


def offer(mail: Mail) -> Offer:
    """Find the document that a mail to the customer is about: the payment's invoice, or one refund's credit note.

    NOT_YET while its job is due or its file is being made; a document that is held for an operator is NEVER, since nobody
    knows when it comes. Reads only; a storage that is away is NOT_YET.
    """
    if mail.payment_id is None or profile_of(mail.project_id) is None:
        return _NEVER
    if mail.event == _PAID:
        about = Q(movement=None)
    elif mail.event in _GIVEN_BACK:
        about = Q(movement=_movement_of(mail.payment_id, mail.version))
    else:
        return _NEVER
    invoice = Invoice.objects.filter(about, payment=mail.payment_id).first()
    if invoice is None:
        return _NOT_YET if _is_expected(mail.payment_id) else _NEVER
    if not invoice.is_ready:
        return _NOT_YET
    try:
        content = storage.read_file(invoice, "pdf")
    except storage.FAILURES:
        return _NOT_YET
    file = Attached(storage.shown_name(invoice, "pdf"), storage.MEDIA_TYPES["pdf"], content)
    return Offer(Readiness.READY, (file,))


def _movement_of(payment_id: uuid.UUID, version: str) -> uuid.UUID | None:
    """Name the movement by which the sum of what went back became the one that the mail tells of."""
    total = version.removeprefix("refunded-")
    given, back = 0, (MovementKind.REFUNDED, MovementKind.REFUNDED_ELSEWHERE)
    for pk, amount in (
        Movement.objects.filter(payment=payment_id, kind__in=back).order_by("id").values_list("pk", "amount")
    ):
        given += abs(amount)
        if str(given) == total:
            return pk
    return None


def _is_expected(payment_id: uuid.UUID) -> bool:
    """Tell whether an event that may bring a document is still on its way, or its job is still due."""
    unpublished = OutboxEvent.objects.filter(payment=payment_id, published_at=None, type__in=EVENTS)
    return unpublished.exists() or IssueJob.objects.filter(payment=payment_id, state=JobState.DUE).exists()
