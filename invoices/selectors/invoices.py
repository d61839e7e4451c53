"""Find invoices inside a project and mode, and read what stands on them."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from invoices.domain import snapshot
from invoices.domain.document import Document
from invoices.models import Invoice
from paymenthub.kernel import ids
from paymenthub.kernel.errors import NotFound
from payments.models import Payment, Project
from payments.selectors.keyset import Position

from .profiles import logo


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    """Which invoices are meant. Times: from inclusive, to exclusive."""

    number: str | None = None
    kind: str | None = None
    payment_id: uuid.UUID | None = None
    issued_from: dt.datetime | None = None
    issued_to: dt.datetime | None = None


def find(*, project: Project, mode: str, invoice_id: str) -> Invoice:
    """Find an invoice by its id (`inv_…` or the bare UUID). Raises NotFound for anybody else's."""
    parsed = ids.parse_public_id(ids.INVOICE, invoice_id)
    row = within(project, mode).filter(pk=parsed).first() if parsed else None
    if row is None:
        raise NotFound("There is no such invoice.", param="invoiceId")
    return row


def of_payment(payment: Payment) -> list[Invoice]:
    """List a payment's documents in the order of their issue: the invoice first."""
    rows = Invoice.objects.filter(payment=payment).select_related("payment", "refund", "refers_to")
    return list(rows.order_by("created_at", "id"))


def page(*, project: Project, mode: str, wanted: InvoiceFilter, before: Position | None, limit: int) -> list[Invoice]:
    """List newest first."""
    rows = _filtered(project, mode, wanted)
    if before is not None:
        rows = rows.filter(before.older())
    return list(rows.defer("document").order_by("-created_at", "-id")[:limit])


def oldest_first(*, project: Project, mode: str, wanted: InvoiceFilter, limit: int) -> list[Invoice]:
    """List in the order of issue."""
    return list(_filtered(project, mode, wanted).defer("document").order_by("created_at", "id")[:limit])


def of_payments(*, project: Project, mode: str, payment_ids: Collection[uuid.UUID], limit: int) -> list[Invoice]:
    """List the documents of payments in the order of issue."""
    rows = within(project, mode).filter(payment__in=payment_ids)
    return list(rows.defer("document").order_by("created_at", "id")[:limit])


def document_of(invoice: Invoice) -> Document:
    """Read all that stands on an invoice, its logo too."""
    picture, kind = logo(invoice.logo_digest)
    return snapshot.thaw(invoice.document, logo=picture, logo_type=kind)


def within(project: Project, mode: str) -> "QuerySet[Invoice]":
    """Begin a query inside a project and mode."""
    return Invoice.objects.select_related("payment", "refund", "refers_to").filter(project=project, mode=mode)


def _filtered(project: Project, mode: str, wanted: InvoiceFilter) -> "QuerySet[Invoice]":
    rows = within(project, mode)
    if wanted.number is not None:
        rows = rows.filter(number=wanted.number)
    if wanted.kind is not None:
        rows = rows.filter(kind=wanted.kind)
    if wanted.payment_id is not None:
        rows = rows.filter(payment=wanted.payment_id)
    if wanted.issued_from is not None:
        rows = rows.filter(created_at__gte=wanted.issued_from)
    if wanted.issued_to is not None:
        rows = rows.filter(created_at__lt=wanted.issued_to)
    return rows
