"""GET /v1/invoices, /v1/invoices/{id}, its PDF and XML, and GET and POST /v1/payments/{id}/invoice."""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from django.http import HttpResponse
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from invoices.domain.document import DocumentKind
from invoices.domain.items import MOST_ITEMS
from invoices.domain.problems import Unbillable
from invoices.errors import FileNotReady, NotInvoiceable, NoXml, told
from invoices.selectors import invoices as selector
from invoices.selectors.invoices import InvoiceFilter
from invoices.services import jobs
from invoices.services.compose import Given
from invoices.services.issue import issue_due
from invoices.tasks import make_file
from paymenthub.kernel import errors
from payments.api import idempotent
from payments.api.hub.access import MAY_ACT, MAY_READ, payment_of
from payments.api.pagination import DEFAULT_LIMIT, MOST, limit_of, moment, parameters, read_cursor, write_cursor
from payments.api.schema import Operation, Query, documented
from payments.api.typed import read, refuse_card_numbers
from payments.api.views import HubAPIView, caller
from payments.selectors.keyset import Position
from payments.tasks.nudge import nudge

from . import examples
from .binary import FileView, file_response
from .objects import InvoiceDetail, InvoiceSummary, PaymentInvoices, detail, payment_invoices, summary

_TIME = {"type": "string", "format": "date-time"}
_KINDS = {"type": "string", "enum": [kind.value for kind in DocumentKind]}
WHICH = (
    Query("kind", "`invoice` or `credit_note`.", "invoice", schema=_KINDS),
    Query("issuedFrom", "From this time on, with its offset.", "2026-03-01T00:00:00Z", schema=_TIME),
    Query("issuedTo", "Before this time.", "2036-04-01T00:00:00Z", schema=_TIME),
)
_FILTERS = (
    Query("limit", f"Invoices a page, 1 to {MOST}.", "50", schema={"type": "integer", "default": DEFAULT_LIMIT}),
    Query("cursor", "`nextCursor` of the page before, with the same filters.", "AAYOIPg3g0ABl6LE1eZ_gJGis8TV5vcI"),
    Query("number", "The number, exactly.", "INV2026-00042"),
    Query("paymentId", "Documents of one payment only, by our id or the provider's.", "sp_1Q2"),
    *WHICH,
)


class InvoicePage(msgspec.Struct, rename="camel", kw_only=True):
    """A page of invoices and credit notes, newest first. `nextCursor` is null on the last one."""

    data: list[InvoiceSummary]
    next_cursor: str | None


class IssueBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """What stands on the invoice, where the payment's own `additionalData` does not say it; `{}` is enough where it does."""

    items: Annotated[
        list[dict[str, Any]] | None,
        Meta(description=f"Instead of `additionalData.items`; 1 to {MOST_ITEMS}, which come to the captured sum."),
    ] = None
    buyer: Annotated[
        dict[str, str],
        Meta(
            max_length=20,
            description="Before the payment's own `buyer`: `name`, `company`, `street`, `postalCode`, `city`, `state`, "
            "`country`, `vatId`, `taxNumber`, `email`.",
        ),
    ] = {}


class InvoiceListView(HubAPIView):
    """List invoices."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="list_invoices",
            summary="List invoices",
            description="Invoices and credit notes of the key's project and mode, newest first, a page at a time.",
            tag="Invoices",
            response=InvoicePage,
            response_examples=examples.PAGES,
            query=_FILTERS,
            errors=(errors.InvalidField, errors.NotFound, errors.Conflict, errors.Busy),
        )
    )
    def get(self, request: Request) -> Response:
        """List a page."""
        key = caller(request)
        given = parameters(request, [query.name for query in _FILTERS])
        limit = limit_of(given)
        wanted = wanted_of(given)
        if "paymentId" in given:
            wanted = dataclasses.replace(wanted, payment_id=payment_of(request, given["paymentId"]).id)
        found = selector.page(
            project=key.project, mode=key.mode, wanted=wanted, before=read_cursor(given, "cursor"), limit=limit + 1
        )
        shown = found[:limit]
        more = len(found) > limit
        return Response(
            InvoicePage(
                data=[summary(row) for row in shown],
                next_cursor=write_cursor(Position(shown[-1].created_at, shown[-1].id)) if more else None,
            )
        )


class InvoiceView(HubAPIView):
    """Show an invoice."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="get_invoice",
            summary="Read an invoice",
            description="Everything that stands on an invoice or a credit note, as it was when it was issued.",
            tag="Invoices",
            response=InvoiceDetail,
            response_examples=examples.DETAILS,
            errors=(errors.NotFound, errors.Busy),
        )
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        """Show it."""
        key = caller(request)
        return Response(detail(selector.find(project=key.project, mode=key.mode, invoice_id=invoice_id)))


class InvoicePdfView(FileView):
    """Download an invoice."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="get_invoice_pdf",
            summary="Download an invoice as PDF",
            description="The file. While it is being made: 409 `file_not_ready`, retryable.",
            tag="Invoices",
            response=None,
            response_examples={},
            is_file=True,
            media_type="application/pdf",
            errors=(errors.NotFound, FileNotReady, errors.Busy),
        )
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """Download it."""
        key = caller(request)
        return file_response(selector.find(project=key.project, mode=key.mode, invoice_id=invoice_id), "pdf")


class InvoiceXmlView(FileView):
    """Download an invoice's data."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="get_invoice_xml",
            summary="Download an invoice as XML",
            description="The EN 16931 data that is embedded in the PDF. 409 `no_xml` where issuer or buyer lack what it needs.",
            tag="Invoices",
            response=None,
            response_examples={},
            is_file=True,
            media_type="application/xml",
            errors=(errors.NotFound, FileNotReady, NoXml, errors.Busy),
        )
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """Download it."""
        key = caller(request)
        return file_response(selector.find(project=key.project, mode=key.mode, invoice_id=invoice_id), "xml")


class PaymentInvoiceView(HubAPIView):
    """A payment's invoice."""

    required_scopes = {"GET": MAY_READ, "POST": MAY_ACT}

    @documented(
        Operation(
            id="get_payment_invoice",
            summary="Read a payment's invoice",
            description="The payment's invoice and what followed it. 404 while there is none.",
            tag="Invoices",
            response=PaymentInvoices,
            response_examples=examples.OF_PAYMENTS,
            errors=(errors.NotFound, errors.Conflict, errors.Busy),
        )
    )
    def get(self, request: Request, payment_id: str) -> Response:
        """Show them."""
        rows = selector.of_payment(payment_of(request, payment_id))
        if not rows:
            raise errors.NotFound("This payment has no invoice.", param="paymentId")
        return Response(payment_invoices(rows))

    @documented(
        Operation(
            id="issue_payment_invoice",
            summary="Issue a payment's invoice",
            description=(
                "Issues the invoice over the captured sum, and the credit notes of what was refunded since; a payment that has "
                "its invoice answers with it and takes no other lines. The number is there at once, the PDF a moment later. "
                "Lines that do not come to the captured sum are 422 `not_invoiceable`, and no number is used."
            ),
            tag="Invoices",
            request=IssueBody,
            response=PaymentInvoices,
            request_examples=examples.ISSUE_BODIES,
            response_examples=examples.OF_PAYMENTS,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.Conflict, errors.WrongState,
                errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.Unprocessable, NotInvoiceable, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request, payment_id: str) -> Response:
        """Issue it."""

        def work() -> tuple[PaymentInvoices, bool]:
            body = read(request.data, IssueBody)
            refuse_card_numbers(msgspec.to_builtins(body.items), param="items")
            refuse_card_numbers(body.buyer, param="buyer")
            payment = payment_of(request, payment_id)
            try:
                issued = issue_due(payment.id, requested=Given(items=body.items, buyer=body.buyer))
            except Unbillable as problem:
                raise told(problem) from None
            jobs.settled(project_id=payment.project_id, payment_id=payment.id)
            for row in issued:
                nudge(make_file, str(row.id))
            return payment_invoices(selector.of_payment(payment)), True

        return idempotent.perform_without_attempt(request, work)


def wanted_of(given: Mapping[str, str]) -> InvoiceFilter:
    """Read the filters. Raises InvalidField."""
    kind = given.get("kind")
    if kind is not None and kind not in list(DocumentKind):
        raise errors.InvalidField(f"One of {', '.join(DocumentKind)}.", param="kind")
    wanted = InvoiceFilter(
        number=given.get("number"),
        kind=kind,
        issued_from=moment(given, "issuedFrom"),
        issued_to=moment(given, "issuedTo"),
    )
    if wanted.issued_from and wanted.issued_to and wanted.issued_to < wanted.issued_from:
        raise errors.InvalidField("This lies before the beginning.", param="issuedTo")
    return wanted
