"""POST /pgm-bff/refund/bulk."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import clock, errors, ids
from payments.api import idempotent
from payments.api.asking import asked_by
from payments.api.http_errors import OutcomeNotKnown
from payments.api.hub import examples as hub_examples
from payments.api.hub.bulk import MOST_ROWS, BulkAnswer, bulk_answer
from payments.api.parsers import JSONRowsParser
from payments.api.schema import Operation, documented
from payments.api.views import caller
from payments.models import RefundBatch
from payments.selectors import sagas
from payments.services.bulk_refund import BulkRow, refund_in_bulk, results
from payments.services.ordering import NATURAL_SECONDS

from . import examples
from .access import STAFF, StaffView
from .fields import SagaId
from .rows import read_rows


class SelectedRow(msgspec.Struct, rename="camel", kw_only=True):
    """A row as the backoffice's table has it; only its saga counts, its other columns are ignored."""

    saga_id: SagaId


class BulkRefundView(StaffView):
    """Give back all that is left of many payments."""

    required_scopes = {"POST": STAFF}
    parser_classes = [JSONRowsParser]

    @documented(
        Operation(
            id="bff_bulk_refund",
            summary="Backoffice: refund the selected rows",
            description=(
                f"Gives back all that is left of each of up to {MOST_ROWS} payments, each with a result of its own: a row that is "
                "refused stops no other. The request works for about 20 seconds; while `finished` is false, send the same again. "
                "The same rows within a minute are the same request. Refused to calls that carry an Origin."
            ),
            tag="Front end",
            request=SelectedRow,
            request_rows=MOST_ROWS,
            response=BulkAnswer,
            request_examples=examples.SELECTED_ROWS,
            response_examples=hub_examples.BULK_ANSWERS,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                errors.Unprocessable, OutcomeNotKnown,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Refund them."""

        def work() -> tuple[BulkAnswer, bool]:
            key = caller(request)
            named = [row.saga_id for row in read_rows(request.data, SelectedRow, most=MOST_ROWS)]
            known = sagas.payment_keys(project=key.project, mode=key.mode, saga_ids=named)
            rows = [BulkRow(ids.public_id(ids.PAYMENT, known[name]) if name in known else name) for name in named]
            batch = refund_in_bulk(
                project=key.project, mode=key.mode, batch_id=_batch_id(request, rows), rows=rows, by=asked_by(request)
            )
            answer = bulk_answer(batch)
            return answer, answer.finished

        return idempotent.perform_without_attempt(request, work)


def _batch_id(request: Request, rows: Sequence[BulkRow]) -> str:
    """Name the batch by its rows: the last one of the same rows where it is young or not finished, else a new one."""
    key, now = caller(request), clock.now()
    digest = hashlib.sha256("\n".join(row.payment_id for row in rows).encode()).hexdigest()[:24]
    mine: Any = RefundBatch.objects.filter(project=key.project, mode=key.mode, batch_id__startswith=f"bff-{digest}-")
    last = mine.order_by("-created_at").first()
    if last is not None:
        is_young = last.created_at > now - dt.timedelta(seconds=NATURAL_SECONDS)
        if is_young or any(result.is_waiting for result in results(last)):
            return str(last.batch_id)
    return f"bff-{digest}-{int(now.timestamp()) // NATURAL_SECONDS}"
