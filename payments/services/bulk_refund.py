"""Refund many payments by one request that can be sent again: each row once, each with its own result."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, OperationalError

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import HubError, InvalidField, NotFound, PreconditionFailed, Unprocessable
from paymenthub.kernel.money import Money
from payments.domain.attempt import AttemptState
from payments.models import Attempt, Payment, Project, RefundBatch, RefundBatchRow
from payments.selectors import payments, refunds

from .ordering import By, amounts, constraint_of, wrong_state
from .refund import OverRefund, RefundCommand, refund

logger = logging.getLogger(__name__)

_SECONDS = 20.0
"""How long one request works on rows; the rest waits for the same request to be sent again."""
_LOOKS = 5


class BatchReused(Unprocessable):
    """The batch id was used before with other rows."""

    code = "batch_id_reused"


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One row as it was sent. `amount` in minor units; None: all that is left."""

    payment_id: str
    amount: int | None = None
    currency: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RowResult:
    """How a row stands: refused (`row.error_code`), or as its attempt stands, or waiting (neither)."""

    row: RefundBatchRow
    attempt: Attempt | None

    @property
    def is_waiting(self) -> bool:
        """Whether the same request, sent again, would work on it."""
        if self.attempt is None:
            return not self.row.error_code
        return self.attempt.state == AttemptState.NOT_SENT


def refund_in_bulk(
    *, project: Project, mode: str, batch_id: str, rows: Sequence[BulkRow], by: By, seconds: float = _SECONDS
) -> RefundBatch:
    """Write the batch down, then refund row by row for so many seconds. The same batch again goes on where it stopped.

    Raises InvalidField where two rows name one payment, and `BatchReused` for other rows under a known id, both with
    nothing stored; a refusal of one row is that row's result and stops no other.
    """
    batch = _known(project, mode, batch_id)
    if batch is None:
        try:
            batch = _write_down(project, mode, batch_id, rows, by)
        except IntegrityError as error:
            if constraint_of(error) != "refund_batch_once":
                raise
            batch = find(project=project, mode=mode, batch_id=batch_id)
    if [_as_sent(row) for row in batch.rows.order_by("number")] != list(rows):
        raise BatchReused("This batchId was used for other rows.", param="batchId")
    _work(batch, by, until=clock.monotonic() + seconds)
    return batch


def find(*, project: Project, mode: str, batch_id: str) -> RefundBatch:
    """Find a batch. Raises NotFound."""
    batch = _known(project, mode, batch_id)
    if batch is None:
        raise NotFound("There is no such batch.", param="batchId")
    return batch


def results(batch: RefundBatch) -> list[RowResult]:
    """Tell how each row stands at this moment; what was open when the batch was sent may be decided by now."""
    rows = list(batch.rows.select_related("payment").order_by("number"))
    tries = refunds.of_batch([row.payment_id for row in rows if row.payment_id], batch.batch_id)
    return [RowResult(row, tries[row.payment_id][-1] if row.payment_id in tries else None) for row in rows]


def _known(project: Project, mode: str, batch_id: str) -> RefundBatch | None:
    return RefundBatch.objects.filter(project=project, mode=mode, batch_id=batch_id).first()


def _as_sent(row: RefundBatchRow) -> BulkRow:
    return BulkRow(row.named, row.amount, row.currency, row.reason)


def _write_down(project: Project, mode: str, batch_id: str, rows: Sequence[BulkRow], by: By) -> RefundBatch:
    found = payments.find_many(project=project, mode=mode, wire_ids=[row.payment_id for row in rows])
    batch = RefundBatch(project=project, mode=mode, batch_id=batch_id, actor=by.actor)
    made: list[RefundBatchRow] = []
    seen: dict[object, int] = {}
    for number, row in enumerate(rows):
        keys = found[row.payment_id]
        key = next(iter(keys)) if len(keys) == 1 else None
        if seen.setdefault(key or row.payment_id, number) != number:
            raise InvalidField(
                f"Row {seen[key or row.payment_id]} names the same payment; a batch refunds each payment once.",
                param=f"rows[{number}].paymentId",
            )
        made.append(
            RefundBatchRow(
                batch=batch,
                number=number,
                named=row.payment_id,
                payment_id=key,
                amount=row.amount,
                currency=row.currency,
                reason=row.reason,
            )
        )
        if key is None:
            several = bool(keys)
            made[-1].error_code = "conflict" if several else NotFound.code
            made[-1].error_message = (
                "Several payments have this id; name it by its hubPaymentId."
                if several
                else "There is no such payment."
            )
    with db.durable():
        batch.save(force_insert=True)
        RefundBatchRow.objects.bulk_create(made)
    return batch


def _work(batch: RefundBatch, by: By, *, until: float) -> None:
    for result in results(batch):
        if clock.monotonic() >= until:
            return
        if result.is_waiting:
            _refund_row(batch, result, by)


def _refund_row(batch: RefundBatch, result: RowResult, by: By) -> None:
    row = result.row
    assert row.payment_id is not None  # noqa: S101 - a row without a payment was refused when it was written down
    tries = refunds.of_batch([row.payment_id], batch.batch_id).get(row.payment_id, [])
    if tries and tries[-1].state != AttemptState.NOT_SENT:
        return  # another request with this batch was faster
    # What surely was not sent is tried again as a refund of its own; the name makes that one unique in its turn.
    key = batch.batch_id if not tries else f"{batch.batch_id}{refunds.TRY}{len(tries) + 1}"
    try:
        _refund(row, row.payment_id, key, by)
    except HubError as error:
        if error.retryable:
            return
        row.error_code, row.error_message, row.error_details = error.code, error.message[:500], error.details
        row.save(update_fields=["error_code", "error_message", "error_details"])
    except OperationalError:
        # A lock that was not given in time, say. What was written down before is found by its batch.
        logger.exception("a row of a bulk refund waits", extra={"batch": batch.batch_id, "row": row.number})


def _refund(row: RefundBatchRow, payment_id: uuid.UUID, key: str, by: By) -> None:
    """Refund one row; leave it waiting where what is left moves again and again."""
    for _ in range(_LOOKS):
        payment = Payment.objects.select_related("project", "provider_account").get(pk=payment_id)
        amount = _amount(row, payment)
        command = RefundCommand(
            payment,
            Money(amount, row.currency or payment.currency),
            reason=row.reason,
            # All that is left is a moving target: it is refunded only as it was seen.
            expected_refundable=amount if row.amount is None else None,
            batch_id=key,
        )
        try:
            refund(command, by)
        except PreconditionFailed:
            continue
        return


def _amount(row: RefundBatchRow, payment: Payment) -> int:
    if row.amount is not None:
        return row.amount
    if payment.captured == 0:
        raise wrong_state(payment, "refunded")
    if payment.refundable == 0 and payment.charged_back == 0:
        raise OverRefund("Nothing is left to refund.", param="amount", details=amounts(payment))
    return max(1, payment.refundable)  # after a chargeback the service refuses, and says so
