"""POST /v1/refunds/bulk and GET /v1/refunds/bulk/{batchId}."""

from collections import Counter
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api import idempotent
from payments.api.asking import asked_by
from payments.api.fields import (
    Amount,
    AnyPaymentId,
    CurrencyCode,
    Reason,
    check_currency,
    check_payment_id,
    check_words,
)
from payments.api.http_errors import OutcomeNotKnown
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.api.views import HubAPIView, caller
from payments.domain.attempt import RefundState
from payments.models import RefundBatch
from payments.services.bulk_refund import BatchReused, BulkRow, RowResult, find, refund_in_bulk, results
from payments.services.results import result_of

from . import examples
from .access import MAY_ACT, MAY_READ

MOST_ROWS = 1000


class BulkRowBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """One refund; without `amount` all that is left when its turn comes."""

    payment_id: AnyPaymentId
    amount: Amount | None = None
    currency: CurrencyCode | None = None
    reason: Reason = ""


class BulkBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """Many refunds under one name."""

    batch_id: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9._:-]{1,50}$",
            description="Your own name of the batch: 1 to 50 letters, digits and `._:-`. The same one again goes on.",
            examples=["2026-03-recall"],
        ),
    ]
    rows: Annotated[list[BulkRowBody], Meta(min_length=1, max_length=MOST_ROWS)]


class RowWord(StrEnum):
    """As of a refund; ERROR: refused by the hub; WAITING: not tried yet, or surely not sent."""

    OK = "OK"
    KO = "KO"
    PENDING = "PENDING"
    ERROR = "ERROR"
    WAITING = "WAITING"


class RowAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """How a row stands; `error` says why one was refused."""

    row: int
    payment_id: str
    result: RowWord
    result_description: str
    refund_id: str | UnsetType = UNSET
    amount: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    error: Annotated[dict[str, Any] | UnsetType, Meta(description="`code`, `message` and `details`.")] = UNSET


class BulkAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """How a batch stands. Until `finished`, the same request sent again works on the rows that are `WAITING`."""

    batch_id: str
    finished: bool
    total: int
    counts: Annotated[dict[str, int], Meta(description="How many rows have each result.")]
    rows: list[RowAnswer]


class BulkRefundView(HubAPIView):
    """Refund many payments."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="bulk_refund",
            summary="Refund many payments",
            description=(
                f"Up to {MOST_ROWS} refunds in one request, one a payment, each with a result of its own: a row that is refused "
                "stops no other. A row without `amount` gives back all that is left. The request works for about 20 seconds; "
                "while `finished` is false, send the same again: no row is refunded twice. Other rows under a known `batchId` "
                "are 422 `batch_id_reused`."
            ),
            tag="Hub",
            request=BulkBody,
            response=BulkAnswer,
            request_examples=examples.BULK_BODIES,
            response_examples=examples.BULK_ANSWERS,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                errors.Unprocessable, BatchReused, OutcomeNotKnown,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Refund them."""

        def work() -> tuple[BulkAnswer, bool]:
            body = _read(request.data)
            key = caller(request)
            rows = [BulkRow(row.payment_id, row.amount, row.currency or "", row.reason) for row in body.rows]
            batch = refund_in_bulk(
                project=key.project, mode=key.mode, batch_id=body.batch_id, rows=rows, by=asked_by(request)
            )
            answer = bulk_answer(batch)
            return answer, answer.finished

        return idempotent.perform_without_attempt(request, work)


class BulkRefundResultView(HubAPIView):
    """Show how a batch stands."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="get_bulk_refund",
            summary="Read a bulk refund",
            description="How each row stands at this moment, in the order in which they were sent.",
            tag="Hub",
            response=BulkAnswer,
            response_examples=examples.BULK_ANSWERS,
            errors=(errors.NotFound, errors.Busy),
        )
    )
    def get(self, request: Request, batch_id: str) -> Response:
        """Show it."""
        key = caller(request)
        if not batch_id.isprintable():
            raise errors.NotFound("There is no such batch.", param="batchId")
        return Response(bulk_answer(find(project=key.project, mode=key.mode, batch_id=batch_id)))


def _read(data: Any) -> BulkBody:
    body = read(data, BulkBody)
    if not body.batch_id.isprintable():  # a pattern's end also matches before a line break
        raise errors.InvalidField("Letters, digits and `._:-` only.", param="batchId")
    for number, row in enumerate(body.rows):
        row.payment_id = check_payment_id(row.payment_id, param=f"rows[{number}].paymentId")
        if row.currency is not None:
            check_currency(row.currency, param=f"rows[{number}].currency")
        check_words(row.reason, param=f"rows[{number}].reason")
    return body


def bulk_answer(batch: RefundBatch) -> BulkAnswer:
    """Show how each row of a batch stands."""
    rows = [_row(result) for result in results(batch)]
    counts = Counter(row.result for row in rows)
    return BulkAnswer(
        batch_id=batch.batch_id,
        finished=not counts[RowWord.WAITING],
        total=len(rows),
        counts={word.value: counts[word] for word in RowWord if counts[word]},
        rows=rows,
    )


def _row(result: RowResult) -> RowAnswer:
    row, attempt = result.row, result.attempt
    if result.is_waiting:
        return RowAnswer(
            row=row.number, payment_id=row.named, result=RowWord.WAITING, result_description="Not sent yet."
        )
    if attempt is None or attempt.refund is None:
        error = {"code": row.error_code, "message": row.error_message, "details": row.error_details}
        return RowAnswer(
            row=row.number,
            payment_id=row.named,
            result=RowWord.ERROR,
            result_description=row.error_message,
            error=error,
        )
    outcome = result_of(attempt.payment, attempt)
    is_back = attempt.refund.state == RefundState.REVERSED
    return RowAnswer(
        row=row.number,
        payment_id=row.named,
        result=RowWord.KO if is_back else RowWord(outcome.result.value),
        result_description="The provider took the refund back." if is_back else outcome.description,
        refund_id=attempt.refund.public_id,
        amount=attempt.amount,
        currency=attempt.currency,
    )
