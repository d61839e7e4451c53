"""Refund: reserve under the lock, ask the PSP outside it, give the reserve up only on a definite yes or no."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paymenthub.kernel import db, ids
from paymenthub.kernel.errors import PreconditionFailed, Unprocessable, UnsupportedOperation, WrongState
from paymenthub.kernel.money import Money
from payments import locks
from payments.domain.attempt import AttemptKind, AttemptState
from payments.models import Attempt, Payment, ProviderAccount, Refund
from payments.saga import advance as saga
from payments.saga import commands
from payments.saga.change import Change
from providers import registry
from providers.types import Feature, Operation

from .ordering import (
    By,
    Fed,
    Written,
    amounts,
    carry_out,
    change_of,
    fingerprint,
    lease_seconds,
    ordered_attempt,
    sent_just_now,
    wrong_state,
)
from .results import OperationResult, result_of


class OverRefund(Unprocessable):
    """More was asked for than may be given back; `details.refundable` says how much may."""

    code = "over_refund"


class AfterChargeback(WrongState):
    """The customer's bank has taken money back already: a refund on top needs an explicit override."""

    code = "refund_after_chargeback"


@dataclass(frozen=True, slots=True)
class RefundCommand:
    """`money` to give back. `expected_refundable` (minor units) refuses when the remainder has moved meanwhile.

    `over_chargeback` is the explicit override after a chargeback; `batch_id` makes the row of a bulk request idempotent.
    """

    payment: Payment
    money: Money
    reason: str = ""
    note: str = ""
    expected_refundable: int | None = None
    over_chargeback: bool = False
    batch_id: str = ""
    capture: Attempt | None = None
    """The attempt whose money goes back, of a payment that was paid twice; by default the one that counts."""
    items: Sequence[Mapping[str, Any]] = ()
    """What comes back, as the caller names it; kept with the refund."""


def refund(command: RefundCommand, by: By) -> OperationResult:
    """Refund once per key, per row of a batch, or per equal request within a minute.

    Raises WrongState, AfterChargeback, OverRefund, PreconditionFailed, Unprocessable (another currency) or
    UnsupportedOperation with nothing sent. Goes to the account that took the money, also when it takes nothing new.
    """
    payment = command.payment
    _check_provider(payment, command)
    outcome, replayed = carry_out(
        payment.id, lambda: _write_down(payment.id, command, by), by=by, account=_account(payment, command)
    )
    return result_of(outcome.payment, outcome.attempt, replayed=replayed)


def _account(payment: Payment, command: RefundCommand) -> ProviderAccount:
    """Return the account that took the money: that of the capture which is named, since tries may differ in theirs."""
    return payment.account if command.capture is None else command.capture.provider_account


def _check_provider(payment: Payment, command: RefundCommand) -> None:
    driver = registry.get(_account(payment, command).provider)
    if Operation.REFUND not in driver.operations:
        raise UnsupportedOperation(f"{driver.display_name} does not offer refunds.")
    if command.money.currency != payment.currency:
        raise Unprocessable(f"This payment is in {payment.currency}.", param="currency")


def _write_down(payment_id: uuid.UUID, command: RefundCommand, by: By) -> Written:
    with db.durable():
        payment = locks.payment(payment_id)
        earlier = _earlier(payment, command, by)
        if earlier is not None:
            return Written(payment, earlier, replayed=True)
        change = change_of(payment, by)
        attempt = command_refund(change, command, Fed("refundRequested", lease_seconds=lease_seconds()))
        change.save()
        if by.claim is not None:
            by.claim.take(attempt)
        return Written(payment, attempt)


def command_refund(change: Change, command: RefundCommand, fed: Fed) -> Attempt:
    """Reserve a refund of a locked payment and let the saga command it; the caller saves the change. Raises as `refund`."""
    payment = change.payment
    _check_provider(payment, command)
    _check(payment, command)
    row = Refund(
        id=ids.new_uuid(),
        project_id=payment.project_id,
        payment=payment,
        capture=command.capture or _capture_of(payment),
        amount=command.money.amount,
        currency=command.money.currency,
        reason=command.reason,
        note=command.note,
        actor=change.actor,
        batch_id=command.batch_id,
        over_chargeback=command.over_chargeback,
        items=[dict(item) for item in command.items],
    )
    payment.refund_reserved += row.amount
    change.new_refunds.append(row)
    order = commands.Order(
        account=_account(payment, command),
        money=Money(row.amount, row.currency),
        method=payment.method,
        lease_seconds=fed.lease_seconds,
        refund=row,
    )
    if saga.advance(change, [fed.event], order=order, delta=fed.delta) is None:
        raise wrong_state(payment, "refunded")
    attempt = ordered_attempt(change)
    fingerprint(payment, attempt, attempt.provider_account)
    return attempt


def _earlier(payment: Payment, command: RefundCommand, by: By) -> Attempt | None:
    if command.batch_id:
        return (
            payment.attempts.filter(kind=AttemptKind.REFUND, refund__batch_id=command.batch_id)
            .select_related("refund")
            .first()
        )
    if by.claim is not None or command.expected_refundable is not None:
        return None  # the caller says by itself which request this is
    return sent_just_now(payment, AttemptKind.REFUND, command.money.amount)


def _check(payment: Payment, command: RefundCommand) -> None:
    if payment.captured == 0:
        raise wrong_state(payment, "refunded")
    if payment.charged_back > 0 and not command.over_chargeback:
        raise AfterChargeback(
            "The customer's bank has taken money back; a refund needs an override.", details=amounts(payment)
        )
    if command.expected_refundable is not None and command.expected_refundable != payment.refundable:
        raise PreconditionFailed(
            f"The refundable amount is {payment.refundable}, not {command.expected_refundable}.",
            details=amounts(payment),
        )
    # With the override, what the bank took back may be given once more; never more than was captured.
    most = payment.refundable + (payment.charged_back if command.over_chargeback else 0)
    most = min(most, payment.captured - payment.refunded_by_us - payment.refund_reserved)
    if command.money.amount > most:
        raise OverRefund(
            f"At most {most} may be refunded.", param="amount", details={**amounts(payment), "refundable": most}
        )
    driver = registry.get(_account(payment, command).provider)
    whole = payment.captured if command.capture is None else command.capture.amount
    if command.money.amount < whole and Feature.PARTIAL_REFUND not in driver.features:
        raise UnsupportedOperation(f"{driver.display_name} refunds the whole amount only.")


def _capture_of(payment: Payment) -> Attempt | None:
    """Name the attempt that took the money: the last capture, else the payment's own attempt."""
    capture = (
        payment.attempts.filter(kind=AttemptKind.CAPTURE, state=AttemptState.SUCCEEDED).order_by("-created_at").first()
    )
    return capture or payment.winning_attempt
