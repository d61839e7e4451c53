"""Make the files of issued documents, in workers only. A failure keeps number and data, is tried again, and is told."""

import datetime as dt
import hashlib
import logging
import re
import uuid

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db.models import F

from invoices import storage
from invoices.models import FileState, Invoice
from invoices.pdf.render import render
from invoices.selectors.invoices import document_of
from paymenthub.kernel import clock, db
from payments.domain.attempt import ItemKind
from payments.services.operator_items import raise_item, settle_item

from .jobs import ACTOR

logger = logging.getLogger(__name__)

_LEASE = dt.timedelta(seconds=180)  # above the hard limit of a task
_FOLDER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 3600.0  # seconds


def due_files(limit: int = 200) -> list[uuid.UUID]:
    """Name the invoices whose file is to be made, longest due first."""
    due = Invoice.objects.exclude(file_state=FileState.READY).filter(file_due_at__lte=clock.now())
    return list(due.order_by("file_due_at").values_list("id", flat=True)[:limit])


def make_file(invoice_id: uuid.UUID) -> bool:
    """Make one file and keep it; False where it failed, is there already, or another worker is at it."""
    tries = _claim(invoice_id)
    if not tries:
        return False
    invoice = Invoice.objects.select_related("payment__project").get(pk=invoice_id)
    try:
        document = document_of(invoice)
        db.release_connection()
        made = render(document, template=_template_of(invoice))
        storage.keep(invoice, "pdf", made.pdf)
        if made.xml is not None:
            storage.keep(invoice, "xml", made.xml)
        if made.warnings or made.xml_missing:
            told = {"number": invoice.number, "warnings": list(made.warnings), "xml": made.xml_missing}
            logger.warning("an invoice's file lacks something", extra=told)
    except (Exception, SoftTimeLimitExceeded) as error:
        logger.exception("the file of an invoice could not be made", extra={"number": invoice.number})
        _failed(invoice, tries, error)
        return False
    with db.durable():
        Invoice.objects.filter(pk=invoice_id).update(
            file_state=FileState.READY,
            file_due_at=None,
            file_error="",
            pdf_size=len(made.pdf),
            pdf_sha256=hashlib.sha256(made.pdf).hexdigest(),
            xml_size=None if made.xml is None else len(made.xml),
            xml_sha256="" if made.xml is None else hashlib.sha256(made.xml).hexdigest(),
            rendered_at=clock.now(),
        )
        settle_item(
            project_id=invoice.project_id,
            kind=ItemKind.INVOICE_FILE_FAILED,
            about=_about(invoice),
            by=ACTOR,
            resolution="The file was made.",
        )
    return True


def _template_of(invoice: Invoice) -> str | None:
    """Name the folder of templates of the project's own; None where its name cannot be one."""
    name = invoice.payment.project.name
    return name if _FOLDER.fullmatch(name) else None


def make_again(invoice: Invoice) -> None:
    """Have a file made anew and at once: one that failed, or one that the storage has lost. The document stays as it is."""
    Invoice.objects.filter(pk=invoice.pk).update(file_state=FileState.DUE, file_due_at=clock.now(), file_tries=0)


def _claim(invoice_id: uuid.UUID) -> int:
    """Take the work, and count the try before it begins: a document that kills its worker is tried less and less often."""
    now = clock.now()
    mine = Invoice.objects.filter(pk=invoice_id, file_due_at__lte=now).exclude(file_state=FileState.READY)
    tries = mine.values_list("file_tries", flat=True).first()
    if tries is None:
        return 0
    taken = mine.update(file_due_at=now + _LEASE + _pause(tries), file_tries=F("file_tries") + 1)
    return tries + 1 if taken else 0


def _pause(tries: int) -> dt.timedelta:
    return dt.timedelta(seconds=min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(tries, 12)))


def _failed(invoice: Invoice, tries: int, error: BaseException) -> None:
    with db.durable():
        Invoice.objects.filter(pk=invoice.pk).exclude(file_state=FileState.READY).update(
            file_state=FileState.FAILED,
            file_error=type(error).__name__[:255],
            file_due_at=clock.now() + _pause(tries - 1),
        )
        if tries >= settings.INVOICE_RENDER_TRIES:
            raise_item(
                project_id=invoice.project_id,
                payment_id=invoice.payment_id,
                kind=ItemKind.INVOICE_FILE_FAILED,
                about=_about(invoice),
                next_step="The document stands, with its number; only its file is missing and is tried on. See the worker's "
                "log for the error and the storage's state.",
                evidence={"number": invoice.number, "tries": tries, "error": type(error).__name__},
            )


def _about(invoice: Invoice) -> str:
    return f"file:{invoice.public_id}"
