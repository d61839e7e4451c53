"""What is kept of a buyer who is erased: issued documents, for as long as the law wants them."""

from collections.abc import Mapping

from django.conf import settings

from payments.models import Payment
from payments.services.erase_buyer import Subject

from .models import Invoice, IssueJob


def keep_issued(payment: Payment, subject: Subject, dry_run: bool) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Keep every issued document as it is; it is immutable, in the database and in the storage."""
    issued = f"issued invoices and credit notes (tax law, {settings.INVOICE_RETENTION_YEARS} years)"
    kept = {issued: Invoice.objects.filter(payment=payment).count()}
    waiting = IssueJob.objects.filter(payment=payment).count()
    if waiting:
        kept["invoices not issued yet, which will lack their buyer"] = waiting
    return {}, kept
