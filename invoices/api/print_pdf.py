"""POST /print-pdf: the published invoice service. A worker prints; the request waits for it a while."""

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpResponse
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response

from invoices.domain.items import MOST_ITEMS
from invoices.domain.problems import Unbillable
from invoices.errors import FileNotReady, NotInvoiceable, PrintFailed, told
from invoices.models import PrintJob, PrintState
from invoices.services import print_pdf
from invoices.services.printed import Wanted, document
from invoices.tasks import print_one
from paymenthub.kernel import db, errors
from payments.api import idempotent
from payments.api.hub.access import MAY_ACT, MAY_READ
from payments.api.schema import Operation, documented
from payments.api.typed import read, refuse_card_numbers
from payments.api.views import caller
from payments.tasks.nudge import nudge

from . import examples
from .binary import FileView, pdf_response

Text = Annotated[str, Meta(max_length=255)]
Needed = Annotated[str, Meta(min_length=1, max_length=255)]


class PrintItem(msgspec.Struct, rename="camel", kw_only=True):
    """One line; `amount` is of one unit, in minor units, tax included."""

    item_id: Text
    description: Annotated[str, Meta(min_length=1, max_length=500)]
    quantity: Annotated[float, Meta(gt=0, le=1_000_000)]
    amount: Annotated[float, Meta(ge=0, le=1e15, description="Minor units, a whole number: 1299 is 12.99.")]
    iva: (
        Annotated[float, Meta(ge=0, le=100, description="VAT in percent; the project's own where absent.")] | UnsetType
    ) = UNSET


class PrintBody(msgspec.Struct, rename="camel", kw_only=True):
    """What stands on the paper. The number is the caller's; the currency is EUR. Unknown fields are ignored."""

    person_name: Needed
    street_address: Text
    city: Text
    state: Text
    date_time: Annotated[str, Meta(max_length=40, description="ISO 8601.", examples=["2026-03-02T09:14:05.120Z"])]
    payment_method: Text
    transaction_id: Text
    doc_number: Needed
    items: Annotated[
        list[dict[str, Any]] | dict[str, Any],
        Meta(
            description=f"1 to {MOST_ITEMS} items, or a single one: `itemId`, `description`, `quantity`, `amount` (of one "
            "unit, minor units), `iva` (VAT, percent)."
        ),
    ]


class Printing(msgspec.Struct, rename="camel", kw_only=True):
    """It is queued; ask `location` for the PDF."""

    id: str
    state: Literal["due"]
    location: str


class PrintPdfView(FileView):
    """Print."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="print_pdf",
            summary="Print a document",
            description="The published invoice service: a PDF of what is sent, under the caller's own number; nothing is issued. "
            "A worker prints it; where that takes longer than PRINT_PDF_WAIT seconds the answer is 202 with the `location` at "
            "which it will be for an hour. The same body again within the hour answers with the same PDF.",
            tag="Invoices",
            request=PrintBody,
            response=None,
            request_examples=examples.PRINT_BODIES,
            response_examples={},
            is_file=True,
            media_type="application/pdf",
            accepted=(Printing, examples.PRINTING),
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                errors.Unprocessable, NotInvoiceable, PrintFailed,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse | Response:
        """Print it."""
        jobs: list[PrintJob] = []

        def work() -> tuple[Printing, bool]:
            jobs.append(_queued(request))
            return _printing(jobs[-1]), True

        taken = idempotent.perform_without_attempt(request, work)
        job = print_pdf.wait_for(jobs[-1] if jobs else _same(request, taken.data["id"]))
        if job.state == PrintState.DUE:
            printing = _printing(job)
            headers = {"Location": printing.location, "Retry-After": "1"}
            answer: HttpResponse | Response = Response(printing, status=202, headers=headers)
        else:
            answer = _answer(job)
        if not jobs:
            answer[idempotent.REPLAYED] = "true"
        return answer


class PrintedPdfView(FileView):
    """Fetch what was printed."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="get_printed_pdf",
            summary="Fetch a printed document",
            description="What POST /print-pdf answered 202 for. 409 `file_not_ready` until a worker has printed it.",
            tag="Invoices",
            response=None,
            response_examples={},
            is_file=True,
            media_type="application/pdf",
            errors=(errors.NotFound, FileNotReady, PrintFailed, errors.Busy),
        )
    )
    def get(self, request: Request, print_id: str) -> HttpResponse:
        """Fetch it."""
        key = caller(request)
        return _answer(print_pdf.find(project=key.project, mode=key.mode, print_id=print_id))


def _queued(request: Request) -> PrintJob:
    body = read(request.data, PrintBody)
    key = caller(request)
    try:
        wanted, logo_digest = document(key.project, _wanted(body))
    except Unbillable as problem:
        raise told(problem) from None
    return print_pdf.queue(
        project=key.project,
        mode=key.mode,
        document=wanted,
        logo_digest=logo_digest,
        wake=lambda job_id: nudge(print_one, job_id),
    )


def _same(request: Request, print_id: str) -> PrintJob:
    """Find what an Idempotency-Key stands for; a document is kept for less long than a key, and is then printed anew."""
    key = caller(request)
    try:
        return print_pdf.find(project=key.project, mode=key.mode, print_id=print_id)
    except errors.NotFound:
        return _queued(request)


def _printing(job: PrintJob) -> Printing:
    return Printing(id=job.id.hex, state="due", location=f"/print-pdf/{job.id.hex}")


def _answer(job: PrintJob) -> HttpResponse:
    if job.state == PrintState.FAILED:
        raise PrintFailed("The document could not be printed.")
    if job.state == PrintState.DUE:
        raise FileNotReady("The document is being printed; ask again shortly.")
    content = bytes(PrintJob.objects.values_list("pdf", flat=True).get(pk=job.pk) or b"")
    db.release_connection()
    return pdf_response(content, "document.pdf")


def _wanted(body: PrintBody) -> Wanted:
    for name in ("person_name", "street_address", "city", "state", "payment_method", "transaction_id", "doc_number"):
        if not getattr(body, name).isprintable():
            raise errors.InvalidField("Printable characters only.", param=_camel(name))
    for name in ("person_name", "street_address", "city", "state"):
        refuse_card_numbers(getattr(body, name), param=_camel(name))
    rows = [body.items] if isinstance(body.items, dict) else body.items
    refuse_card_numbers(rows, param="items")
    # The published fields are checked by name; what else is in an item would not be understood and is refused.
    items = [_item(row, index) for index, row in enumerate(rows)]
    return Wanted(
        person_name=body.person_name,
        street_address=body.street_address,
        city=body.city,
        state=body.state,
        date_time=_moment(body.date_time),
        payment_method=body.payment_method,
        transaction_id=body.transaction_id,
        doc_number=body.doc_number,
        items=items,
    )


def _item(row: dict[str, Any], index: int) -> dict[str, Any]:
    try:
        item = read(row, PrintItem)
    except errors.InvalidField as error:
        raise errors.InvalidField(error.message, param=f"items[{index}].{error.param or ''}".rstrip(".")) from None
    found = {
        "itemId": item.item_id,
        "description": item.description,
        "quantity": item.quantity,
        "amount": item.amount,
    }
    return found if item.iva is UNSET else found | {"iva": item.iva}


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
        if not 1970 <= moment.year <= 2200:
            raise ValueError(text)
    except ValueError:
        raise errors.InvalidField("A time such as 2026-03-02T09:14:05Z.", param="dateTime") from None
    return moment


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
