"""Cancel: release held money, or close what nobody has paid yet."""

import contextlib
import uuid

from paymenthub.kernel import db
from paymenthub.kernel.errors import OperationInProgress, UnsupportedOperation
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts import reconcile
from payments.domain.attempt import PAYING, UNDECIDED, AttemptKind
from payments.models import Attempt, Payment
from payments.saga import advance as saga
from payments.saga import commands
from payments.selectors.attempts import paying_attempt
from providers import registry
from providers.types import Operation

from .ordering import (
    By,
    Written,
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


def cancel(payment: Payment, by: By) -> OperationResult:
    """Cancel an authorised payment, the rest of a partly captured one, or one that waits for its customer.

    Raises WrongState (nothing is held and nothing waits), OperationInProgress or UnsupportedOperation, nothing sent.
    """
    return _end(payment, by, closing=AttemptKind.CLOSE)


def expire(payment: Payment, by: By) -> OperationResult:
    """Close the session of a payment that waits for its customer, as if its time were over. Raises as `cancel`."""
    return _end(payment, by, closing=AttemptKind.EXPIRE)


def _end(payment: Payment, by: By, *, closing: AttemptKind) -> OperationResult:
    driver = registry.get(payment.provider)
    if not {Operation.CANCEL, Operation.EXPIRE} & driver.operations:
        raise UnsupportedOperation(f"{driver.display_name} does not offer cancel.")
    outcome, replayed = carry_out(
        payment.id, lambda: _write_down(payment.id, by, closing), by=by, account=payment.provider_account
    )
    closed = outcome.attempt
    if closed.state in ("DECLINED", "REJECTED") and closed.kind == closing:
        # The PSP would not close it: most likely the customer has just paid. Ask, rather than wait for the news.
        waiting = paying_attempt(payment.id)
        if waiting is not None and waiting.is_undecided:
            reconcile.check(waiting.id, source=by.source, evidence=by.evidence)
    elif closed.state in ("DECLINED", "REJECTED") and not replayed:
        # The PSP would not release it: most likely it holds nothing any more.
        holding = paying_attempt(payment.id)
        if holding is not None and reconcile.can_ask(payment.provider_account):
            with contextlib.suppress(reconcile.NotAsked):
                reconcile.reread(holding.id, source=by.source, evidence=by.evidence)
    return result_of(outcome.payment, outcome.attempt, replayed=replayed)


def _write_down(payment_id: uuid.UUID, by: By, closing: AttemptKind) -> Written:
    with db.durable():
        payment = locks.payment(payment_id)
        waiting = _waiting_for_customer(payment)
        kind = closing if waiting is not None else AttemptKind.CANCEL
        amount = waiting.amount if waiting is not None else payment.capturable
        if by.claim is None:
            equal = sent_just_now(payment, kind, amount or payment.amount)
            if equal is not None:
                return Written(payment, equal, replayed=True)
        if waiting is None:
            refuse_while_undecided(payment)
        if waiting is None and (payment.capturable == 0 or closing is AttemptKind.EXPIRE):
            raise wrong_state(payment, "expired" if closing is AttemptKind.EXPIRE else "cancelled")
        return _write_attempt(payment, by, kind, amount)


def _waiting_for_customer(payment: Payment) -> Attempt | None:
    """Return the attempt whose customer has not acted yet; an operation that is under way is none. Raises
    OperationInProgress for one in doubt or one that is already being closed."""
    waiting = payment.attempts.filter(kind__in=PAYING, state__in=UNDECIDED).first()
    if waiting is None:
        return None
    if waiting.state != "PENDING":
        raise OperationInProgress(f"The {waiting.kind} is not decided yet ({waiting.state.lower()}).")
    closing = payment.attempts.filter(kind__in=(AttemptKind.CLOSE, AttemptKind.EXPIRE), state__in=UNDECIDED).first()
    if closing is not None:
        raise OperationInProgress("This payment is being closed already.", details={"attempt": closing.public_id})
    return waiting


def _write_attempt(payment: Payment, by: By, kind: AttemptKind, amount: int) -> Written:
    change = change_of(payment, by)
    order = commands.Order(
        account=payment.provider_account,
        money=Money(amount, payment.currency),
        method=payment.method,
        lease_seconds=lease_seconds(),
        kind=kind,
    )
    if kind is AttemptKind.EXPIRE:
        # Expiry is news, not a wish: the saga hears of it when the PSP has closed the session.
        attempt = commands.write_attempt(change, kind, order)
    elif saga.advance(change, ["cancelRequested"], order=order) is None:
        raise wrong_state(payment, "cancelled")
    else:
        attempt = ordered_attempt(change)
    fingerprint(payment, attempt, payment.provider_account)
    change.save()
    if by.claim is not None:
        by.claim.take(attempt)
    return Written(payment, attempt)
