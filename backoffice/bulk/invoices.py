"""The invoices of many payments in one ZIP."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.actions.mailing import ResendAction
from backoffice.actions.subject import Subject
from backoffice.models import BatchRow
from invoices.models import Invoice
from payments.models import Payment

from . import payments
from .base import BulkKind, Judged


class BulkInvoices(BulkKind):
    """Hand out the invoices and credit notes of the chosen payments."""

    name, title = "invoices", gettext_lazy("Download invoices as a ZIP")
    verb, icon, on = gettext_lazy("Download"), "folder_zip", payments.ON
    permission = "invoices.view_invoice"
    in_background = False
    action = ResendAction()

    def judge(self, chosen: QuerySet[Any], user: User) -> list[Judged]:
        """Name the payments without an invoice, or whose file is not there yet."""
        found: dict[UUID, list[bool]] = {}
        for invoice in Invoice.objects.filter(payment__in=chosen.values("pk")).only("payment", "file_state"):
            found.setdefault(invoice.payment_id, []).append(invoice.is_ready)
        rows = Payment.objects.filter(pk__in=chosen.values("pk")).order_by("pk")
        return [
            Judged(
                target=row.pk,
                named=row.shop_transaction_id[:255],
                project_id=row.project_id,
                payment_id=row.pk,
                why_not=_why_not(found.get(row.pk, [])),
            )
            for row in rows
        ]

    def effect(self) -> list[str]:
        """Say it."""
        return [
            _(
                "You get one ZIP with the invoices and credit notes of these payments, and index.csv as a table of contents."
            ),
            _("They hold personal data: the download is written down with your reason."),
        ]

    def subject(self, row: BatchRow) -> Subject | None:
        """Read the payment."""
        found = Payment.objects.select_related("project").filter(pk=row.target).first()
        return Subject(found) if found is not None else None


def invoices_of(payment_ids: Sequence[UUID]) -> list[Invoice]:
    """List the documents of payments that have a file, in the order of issue."""
    rows = Invoice.objects.filter(payment__in=payment_ids).select_related("payment", "refund", "refers_to")
    return [row for row in rows.defer("document").order_by("created_at", "id") if row.is_ready]


def _why_not(ready: list[bool]) -> str:
    if not ready:
        return _("It has no invoice.")
    return "" if any(ready) else _("Its file is still being made.")
