"""Invoices below `/pgm-bff`: GET invoice-download, GET payment/{sagaId}/invoice, POST invoice-download/bulk."""

import msgspec
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.request import Request

from invoices.errors import FileNotReady, TooManyInvoices
from invoices.selectors import invoices as selector
from paymenthub.kernel import errors
from payments.api.bff import examples
from payments.api.bff.access import SAGA_ID, STAFF, StaffView, saga_id_in, staff_payment
from payments.api.bff.fields import SagaId
from payments.api.bff.rows import read_rows
from payments.api.parsers import JSONRowsParser
from payments.api.schema import Operation, documented
from payments.api.views import caller
from payments.selectors import sagas

from .archive import zip_response
from .binary import FileView, file_response

MOST_ROWS = 1000
_PDF_ERRORS = (errors.InvalidField, errors.NotFound, FileNotReady, errors.Busy)


class SelectedInvoiceRow(msgspec.Struct, rename="camel", kw_only=True):
    """A row as the backoffice's table has it; only its saga counts, its other columns are ignored."""

    saga_id: SagaId


class _InvoiceView(StaffView, FileView):
    """Download a payment's invoice."""

    required_scopes = {"GET": STAFF}

    def download(self, request: Request, saga_id: str) -> HttpResponse:
        """Answer with the PDF. Raises NotFound, FileNotReady, Busy."""
        rows = selector.of_payment(staff_payment(request, saga_id))
        if not rows:
            raise errors.NotFound("This payment has no invoice.", param="sagaId")
        return file_response(rows[0], "pdf")


class InvoiceDownloadView(_InvoiceView):
    """Download a payment's invoice, named by the query."""

    @documented(
        Operation(
            id="bff_invoice_download",
            summary="Backoffice: download an invoice",
            description="The PDF of the payment's invoice. Refused to calls that carry an Origin.",
            tag="Front end",
            response=None,
            is_file=True,
            media_type="application/pdf",
            query=(SAGA_ID,),
            errors=_PDF_ERRORS,
        )
    )
    def get(self, request: Request) -> HttpResponse:
        """Download it."""
        return self.download(request, saga_id_in(request))


class PaymentInvoiceDownloadView(_InvoiceView):
    """Download a payment's invoice, named by the path."""

    @documented(
        Operation(
            id="bff_payment_invoice",
            summary="Backoffice: download a payment's invoice",
            description="As `GET /pgm-bff/invoice-download`, by the path.",
            tag="Front end",
            response=None,
            is_file=True,
            media_type="application/pdf",
            errors=_PDF_ERRORS,
        )
    )
    def get(self, request: Request, saga_id: str) -> HttpResponse:
        """Download it."""
        return self.download(request, saga_id)


class BulkInvoiceDownloadView(StaffView, FileView):
    """Download the invoices of many payments."""

    required_scopes = {"POST": STAFF}
    parser_classes = [JSONRowsParser]

    @documented(
        Operation(
            id="bff_bulk_invoice_download",
            summary="Backoffice: download the invoices of the selected rows",
            description=(
                f"A ZIP with all documents of up to {MOST_ROWS} payments, as `GET /v1/invoices/zip` makes it; a row without an "
                "invoice adds nothing. Refused to calls that carry an Origin."
            ),
            tag="Front end",
            request=SelectedInvoiceRow,
            request_rows=MOST_ROWS,
            request_examples=examples.SELECTED_ROWS,
            response=None,
            is_file=True,
            media_type="application/zip",
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                TooManyInvoices, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> StreamingHttpResponse:
        """Stream them."""
        key = caller(request)
        named = [row.saga_id for row in read_rows(request.data, SelectedInvoiceRow, most=MOST_ROWS)]
        known = sagas.payment_keys(project=key.project, mode=key.mode, saga_ids=named)
        most = settings.INVOICE_ZIP_MOST
        rows = selector.of_payments(project=key.project, mode=key.mode, payment_ids=known.values(), limit=most + 1)
        if len(rows) > most:
            raise TooManyInvoices(f"These payments have more than {most} documents; select fewer rows.")
        return zip_response(rows)
