"""Capture: take held money, in full or in part."""

import uuid
from dataclasses import dataclass

from paymenthub.kernel import db
from paymenthub.kernel.errors import Conflict, Unprocessable, UnsupportedOperation
from paymenthub.kernel.money import Money
from payments import locks
from payments.domain.attempt import AttemptKind
from payments.models import Attempt, Payment
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
    refuse_while_undecided,
    sent_just_now,
    wrong_state,
)
from .results import OperationResult, result_of


class OverCapture(Conflict):
    """More was asked for than is held."""

    code = "over_capture"


@dataclass(frozen=True, slots=True)
class CaptureCommand:
    """`amount` in minor units; None takes all that is held. `final` releases what is left."""

    payment: Payment
    amount: int | None = None
    currency: str = ""
    final: bool = True


def capture(command: CaptureCommand, by: By) -> OperationResult:
    """Capture once per key, or per equal request within a minute.

    Raises WrongState, OverCapture or OperationInProgress with the amounts and nothing sent; UnsupportedOperation where
    the provider cannot capture (in part).
    """
    account = command.payment.account
    _check_provider(command)
    outcome, replayed = carry_out(
        command.payment.id, lambda: _write_down(command.payment.id, command, by), by=by, account=account
    )
    return result_of(outcome.payment, outcome.attempt, replayed=replayed)


def _check_provider(command: CaptureCommand) -> None:
    driver = registry.get(command.payment.provider)
    if Operation.CAPTURE not in driver.operations:
        raise UnsupportedOperation(f"{driver.display_name} does not offer capture.")
    if command.amount is not None and command.currency and command.currency != command.payment.currency:
        raise Unprocessable(f"This payment is in {command.payment.currency}.", param="currency")
    if not command.final and Feature.MULTIPLE_CAPTURES not in driver.features:
        raise UnsupportedOperation(f"{driver.display_name} takes one capture only; send `final: true`.")


def _write_down(payment_id: uuid.UUID, command: CaptureCommand, by: By) -> Written:
    with db.durable():
        payment = locks.payment(payment_id)
        if by.claim is None:
            # An absent amount means «all that is held»: sent twice, it equals whatever the first one took.
            equal = sent_just_now(payment, AttemptKind.CAPTURE, command.amount, final=command.final)
            if equal is not None:
                return Written(payment, equal, replayed=True)
        change = change_of(payment, by)
        attempt = command_capture(change, command, Fed("captureRequested", lease_seconds=lease_seconds()))
        change.save()
        if by.claim is not None:
            by.claim.take(attempt)
        return Written(payment, attempt)


def command_capture(change: Change, command: CaptureCommand, fed: Fed) -> Attempt:
    """Check a capture of a locked payment and let the saga command it; the caller saves the change. Raises as `capture`."""
    payment = change.payment
    _check_provider(command)
    amount = payment.capturable if command.amount is None else command.amount
    refuse_while_undecided(payment)
    if payment.capturable == 0:
        raise wrong_state(payment, "captured")
    if amount > payment.capturable:
        raise OverCapture(f"Only {payment.capturable} is held and not captured.", details=amounts(payment))
    _check_partial(payment, amount)
    order = commands.Order(
        account=payment.account,
        money=Money(amount, payment.currency),
        method=payment.method,
        lease_seconds=fed.lease_seconds,
        final_capture=command.final,
    )
    if saga.advance(change, [fed.event], order=order, delta=fed.delta) is None:
        raise wrong_state(payment, "captured")
    attempt = ordered_attempt(change)
    fingerprint(payment, attempt, payment.account)
    return attempt


def _check_partial(payment: Payment, amount: int) -> None:
    driver = registry.get(payment.provider)
    if amount < payment.capturable and Feature.PARTIAL_CAPTURE not in driver.features:
        raise UnsupportedOperation(f"{driver.display_name} captures the whole amount only.")
