"""GET /v1/invoices/zip: many invoices in one streamed ZIP, with a table of contents."""

import csv
import io
import logging
import zipfile
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.http import StreamingHttpResponse
from rest_framework.request import Request

from invoices import storage
from invoices.errors import TooManyInvoices
from invoices.models import Invoice
from invoices.selectors.invoices import oldest_first
from paymenthub.kernel import db, errors
from payments.api.hub.access import MAY_READ
from payments.api.pagination import parameters
from payments.api.schema import Operation, documented
from payments.api.views import caller

from .binary import FileView, private
from .documents import WHICH, wanted_of

logger = logging.getLogger(__name__)

_COLUMNS = ("number", "kind", "issuedAt", "paymentId", "refersTo", "currency", "net", "vat", "gross", "file", "sha256")


class InvoiceZipView(FileView):
    """Download many invoices."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="download_invoices",
            summary="Download many invoices as a ZIP",
            description="The PDFs of all documents that match, in the order of issue, and `index.csv` with a row for each: its "
            "amounts in minor units, its file, or that the file is not there yet. More than INVOICE_ZIP_MOST (1000) is 422.",
            tag="Invoices",
            response=None,
            response_examples={},
            is_file=True,
            media_type="application/zip",
            query=WHICH,
            errors=(errors.InvalidField, TooManyInvoices, errors.Busy),
        )
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Stream them."""
        key = caller(request)
        wanted = wanted_of(parameters(request, [query.name for query in WHICH]))
        most = settings.INVOICE_ZIP_MOST
        rows = oldest_first(project=key.project, mode=key.mode, wanted=wanted, limit=most + 1)
        if len(rows) > most:
            raise TooManyInvoices(f"More than {most} invoices match; narrow issuedFrom and issuedTo.", param="issuedTo")
        return zip_response(rows)


def zip_response(rows: Sequence[Invoice]) -> StreamingHttpResponse:
    """Stream the PDFs of documents, with a table of contents."""
    db.release_connection()
    answer = StreamingHttpResponse(_zipped(rows), content_type="application/zip")
    streamed: StreamingHttpResponse = private(answer, "invoices.zip")
    return streamed


class _Pipe(io.RawIOBase):
    """Takes what the archive writes and hands it on; never seeks, so nothing is kept."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Tell that it is."""
        return True

    def write(self, data: object) -> int:
        """Take a part."""
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        """Hand on what has come."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _zipped(rows: Sequence[Invoice]) -> Iterator[bytes]:
    pipe = _Pipe()
    table = io.StringIO()
    index = csv.writer(table)
    index.writerow(_COLUMNS)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # PDFs are compressed already
        for row in rows:
            name = storage.shown_name(row, "pdf")
            try:
                content = storage.read_file(row, "pdf") if row.is_ready else None
            except storage.FAILURES:
                logger.warning("a file is missing in a ZIP of invoices", extra={"number": row.number})
                content = None
            if content is not None:
                archive.writestr(name, content)
                yield pipe.taken()
            index.writerow(_told(row, name if content is not None else "not there yet"))
        archive.writestr("index.csv", table.getvalue().encode())
    yield pipe.taken()


def _told(row: Invoice, file: str) -> Sequence[object]:
    refers_to = row.refers_to.number if row.refers_to else ""
    return (
        row.number,
        row.kind,
        row.issued_at.isoformat(),
        row.payment.public_id,
        refers_to,
        row.currency,
        row.net,
        row.vat,
        row.gross,
        file,
        row.pdf_sha256,
    )
