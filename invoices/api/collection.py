"""GET /invoices: the collection of invoice files, by the conventions of the Payment Integration Hub's CRUD service.

Read only: an issued document is never changed, so what would write is 405.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from invoices import links, storage
from invoices.models import FileState, Invoice
from invoices.selectors.invoices import within
from paymenthub.kernel import errors
from payments.api.examples import HUB_ID
from payments.api.hub.access import MAY_READ
from payments.api.schema import Operation, Query, documented
from payments.api.views import HubAPIView, caller

from . import examples
from ._collection_query import FIELDS, Asked, read_query
from .binary import FileView, private

_TEXT = {"type": "string", "maxLength": 2000}
_WHICH = (
    Query(
        "_q",
        "A JSON query: equality, `$eq`, `$ne`, `$in`, `$gt`, `$gte`, `$lt`, `$lte`, `$and`.",
        '{"size":{"$gt":0}}',
        schema=_TEXT,
    ),
    Query("_st", "States; all of these are PUBLIC.", "PUBLIC"),
    Query("sagaId", "The payment: our id, with `pay_` or bare.", HUB_ID),
    Query("name", "The file's shown name, exactly.", "INV2026-00042.pdf"),
)
_LISTED = (
    *_WHICH,
    Query("_l", "At most so many, 1 to 200.", "200", schema={"type": "integer", "default": 200}),
    Query("_sk", "Skip so many, at most 10000.", "0", schema={"type": "integer", "default": 0}),
    Query("_s", "Sort by a field, `-` in front: the largest first; several with commas.", "-createdAt"),
    Query("_p", "Only these fields (and `_id`), with commas.", "name,location"),
)
_ERRORS = (errors.InvalidField, errors.Busy)


class InvoiceRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One file. With `_p` only what was asked for is there."""

    id: str = msgspec.field(name="_id")
    name: str | msgspec.UnsetType = msgspec.UNSET
    file: Annotated[str | msgspec.UnsetType, Meta(description="The name under which it is stored.")] = msgspec.UNSET
    size: int | msgspec.UnsetType = msgspec.UNSET
    location: Annotated[str | msgspec.UnsetType, Meta(description="A signed link that works for a while.")] = (
        msgspec.UNSET
    )
    sagaId: Annotated[str | msgspec.UnsetType, Meta(description="The payment.")] = msgspec.UNSET
    createdAt: datetime | msgspec.UnsetType = msgspec.UNSET
    updatedAt: datetime | msgspec.UnsetType | None = msgspec.UNSET
    state: Literal["PUBLIC"] | msgspec.UnsetType = msgspec.field(name="__STATE__", default=msgspec.UNSET)


class InvoicesView(HubAPIView):
    """List files."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="list_invoice_files",
            summary="List invoice files",
            description="The files of invoices and credit notes that are ready, by the CRUD conventions. Read only.",
            tag="Invoice files",
            response=InvoiceRow,
            response_examples=examples.ROWS,
            many=True,
            query=_LISTED,
            errors=_ERRORS,
        )
    )
    def get(self, request: Request) -> Response:
        """List them."""
        asked = read_query(request, [query.name for query in _LISTED])
        return Response([shown(row, asked) for row in asked.sorted(_rows(request, asked))])


class InvoicesCountView(HubAPIView):
    """Count files."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="count_invoice_files",
            summary="Count invoice files",
            description="A plain number.",
            tag="Invoice files",
            response=None,
            response_schema={"type": "integer"},
            response_examples=examples.COUNTS,
            query=_WHICH,
            errors=_ERRORS,
        )
    )
    def get(self, request: Request) -> Response:
        """Count them."""
        asked = read_query(request, [query.name for query in _WHICH])
        return Response(_rows(request, asked).count())


class InvoicesExportView(FileView):
    """Export the list."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="export_invoice_files",
            summary="Export invoice files",
            description="The same rows as JSON lines, all of them, oldest first.",
            tag="Invoice files",
            response=None,
            response_examples={},
            is_file=True,
            media_type="application/x-ndjson",
            query=_WHICH,
            errors=_ERRORS,
        )
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Stream them."""
        asked = read_query(request, [query.name for query in _WHICH])
        rows = _rows(request, asked).order_by("created_at", "id")
        answer: StreamingHttpResponse = private(
            StreamingHttpResponse(_lines(rows, asked), content_type="application/x-ndjson"), "invoices.ndjson"
        )
        return answer


class InvoiceFileView(HubAPIView):
    """Show a file."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="get_invoice_file",
            summary="Read an invoice file",
            description="One row of the collection.",
            tag="Invoice files",
            response=InvoiceRow,
            response_examples=examples.ROW_EXAMPLES,
            errors=(errors.InvalidField, errors.NotFound, errors.Busy),
        )
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        """Show it."""
        asked = read_query(request, ())
        row = next((each for each in asked.only(_rows(request, asked), invoice_id)), None)
        if row is None:
            raise errors.NotFound("There is no such invoice.", param="invoiceId")
        return Response(shown(row, asked))


class InvoicesSlashView(InvoicesView):
    """The same with a slash at its end, which the documentation leaves out."""

    schema = None


def shown(row: Invoice, asked: Asked) -> InvoiceRow:
    """Show a row, with the fields that are asked for."""
    values: Mapping[str, Any] = {
        "name": storage.shown_name(row, "pdf"),
        "file": f"{row.file_token}.pdf",
        "size": row.pdf_size,
        "location": links.location(row),
        "sagaId": row.payment.public_id,
        "createdAt": row.created_at,
        "updatedAt": row.rendered_at,
        "state": "PUBLIC",
    }
    wanted = {"state" if name == "__STATE__" else name for name in asked.fields or FIELDS}
    return InvoiceRow(id=row.public_id, **{name: value for name, value in values.items() if name in wanted})


def _rows(request: Request, asked: Asked) -> "QuerySet[Invoice]":
    key = caller(request)
    ready = within(key.project, key.mode).filter(file_state=FileState.READY).defer("document")
    return ready.filter(asked.where)


def _lines(rows: "QuerySet[Invoice]", asked: Asked) -> Iterator[bytes]:
    for row in rows.iterator(chunk_size=500):
        yield msgspec.json.encode(shown(row, asked)) + b"\n"
