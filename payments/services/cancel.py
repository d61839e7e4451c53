"""Cancel: release held money, or close what nobody has paid yet."""

import contextlib
import uuid

from django.db import IntegrityError

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import IdempotencyInFlight, OperationInProgress, UnsupportedOperation
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts import provider_data, reconcile
from payments.domain.attempt import CLOSING, PAYING, UNDECIDED, AttemptKind, AttemptState
from payments.domain.machine import Decision, decide
from payments.domain.news import ends
from payments.models import Attempt, Payment, ProviderAccount
from payments.saga import advance as saga
from payments.saga import commands, loader
from payments.saga.change import Change
from payments.selectors.attempts import is_paid_by_link, paying_attempt
from providers import registry
from providers.types import Operation

from .ordering import (
    By,
    Fed,
    Written,
    asked_elsewhere,
    carry_out,
    change_of,
    constraint_of,
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
    at_once = _end_unasked(payment, by, closing) if payment.in_checkout else None
    if at_once is not None:
        return at_once
    driver = registry.get(payment.account.provider)
    ways = {Operation.LINK_EXPIRE} if is_paid_by_link(payment) else {Operation.CANCEL, Operation.EXPIRE}
    if not ways & driver.operations:
        raise UnsupportedOperation(f"{driver.display_name} does not offer cancel.")
    outcome, replayed = carry_out(
        payment.id, lambda: _write_down(payment.id, by, closing), by=by, account=payment.account
    )
    closed = outcome.attempt
    if closed.sent_at is None:
        provider_data.erase(payment.id)
    if closed.state in ("DECLINED", "REJECTED") and closed.kind == closing:
        # The PSP would not close it: most likely the customer has just paid. Ask, rather than wait for the news.
        waiting = paying_attempt(payment.id)
        if waiting is not None and waiting.is_undecided:
            reconcile.check(waiting.id, source=by.source, evidence=by.evidence)
    elif closed.state in ("DECLINED", "REJECTED") and not replayed:
        # The PSP would not release it: most likely it holds nothing any more.
        holding = paying_attempt(payment.id)
        if holding is not None and reconcile.can_ask(payment.account):
            with contextlib.suppress(reconcile.NotAsked):
                reconcile.reread(holding.id, source=by.source, evidence=by.evidence)
    return result_of(outcome.payment, outcome.attempt, replayed=replayed)


def _end_unasked(payment: Payment, by: By, closing: AttemptKind) -> OperationResult | None:
    """End a payment in the checkout of which nothing waits at a PSP; None where something does, or it has ended."""

    def once() -> Written | None:
        with db.durable():
            locked = locks.payment(payment.id)
            if locked.claimed_shop_transaction_id is None or not nothing_waits(locked):
                return None
            return _end_before_asking(locked, by, closing)

    try:
        written = db.retry_serialization(once)
    except IntegrityError as error:
        if constraint_of(error) == "idempotency_key_once":
            raise IdempotencyInFlight("The first request with this Idempotency-Key is still running.") from None
        raise
    if written is None:
        return None
    provider_data.erase(payment.id)
    return result_of(written.payment, written.attempt)


def nothing_waits(payment: Payment) -> bool:
    """Tell whether a payment in the checkout has no money, and no try of it may still bring some."""
    if not payment.in_checkout or payment.captured or payment.authorized:
        return False
    return not payment.attempts.filter(state__in=UNDECIDED).exists() and not asked_elsewhere(payment)


def _write_down(payment_id: uuid.UUID, by: By, closing: AttemptKind) -> Written:
    with db.durable():
        payment = locks.payment(payment_id)
        if was_never_asked(payment):
            return _end_before_asking(payment, by, closing)
        kind, amount, waiting = _what(payment, closing)
        if by.claim is None:
            equal = sent_just_now(payment, kind, amount or payment.amount)
            if equal is not None:
                return Written(payment, equal, replayed=True)
        _check(payment, closing, waiting)
        change = change_of(payment, by)
        account = payment.account if waiting is None else waiting.provider_account
        attempt = _command(change, kind, amount, Fed("cancelRequested", lease_seconds=lease_seconds()), account)
        change.save()
        if by.claim is not None:
            by.claim.take(attempt)
        return Written(payment, attempt)


def command_cancel(change: Change, fed: Fed) -> Attempt:
    """Check a cancel of a locked payment and let the saga command it; the caller saves the change. Raises as `cancel`."""
    kind, amount, waiting = _what(change.payment, AttemptKind.CLOSE)
    _check(change.payment, AttemptKind.CLOSE, waiting)
    account = change.payment.account if waiting is None else waiting.provider_account
    return _command(change, kind, amount, fed, account)


def _what(payment: Payment, closing: AttemptKind) -> tuple[AttemptKind, int, Attempt | None]:
    """Name the operation, its amount in minor units, and the attempt whose customer is still waited for."""
    waiting = _waiting_for_customer(payment)
    if waiting is None:
        return AttemptKind.CANCEL, payment.capturable, None
    return closing, waiting.amount, waiting


def _check(payment: Payment, closing: AttemptKind, waiting: Attempt | None) -> None:
    if waiting is None:
        refuse_while_undecided(payment)
    if waiting is None and (payment.capturable == 0 or closing is AttemptKind.EXPIRE):
        raise wrong_state(payment, "expired" if closing is AttemptKind.EXPIRE else "cancelled")


def was_never_asked(payment: Payment) -> bool:
    """Tell whether nothing was asked of the PSP yet, and the payment still counts: a step before its charge is to end."""
    counts = payment.claimed_shop_transaction_id is not None
    return counts and not payment.attempts.exists() and not asked_elsewhere(payment)


def _end_before_asking(payment: Payment, by: By, closing: AttemptKind) -> Written:
    """End a payment of which the PSP knows nothing: there is nothing to be asked, and nobody can pay it."""
    change = change_of(payment, by)
    attempt = _closed(change, closing)
    if closing is AttemptKind.EXPIRE:
        events = ["paymentExpired", "paymentFailed"]
    else:
        events = ["paymentCancelled"]
        machine = loader.machine(payment.machine, payment.machine_version)
        decision = decide(machine, payment.state, "cancelRequested")
        if isinstance(decision, Decision) and decision.command is None and ends(saga.news_of(decision)):
            events = ["cancelRequested"]
    if saga.advance(change, events) is None or payment.claimed_shop_transaction_id is not None:
        raise wrong_state(payment, "expired" if closing is AttemptKind.EXPIRE else "cancelled")
    change.save()
    if by.claim is not None:
        by.claim.take(attempt if payment.provider_account else None)
        by.claim.settle(attempt)
    return Written(payment, attempt, is_done=True)


def _closed(change: Change, closing: AttemptKind) -> Attempt:
    """Make the attempt that stands for an end without a question; before a method was chosen it is only told of."""
    payment = change.payment
    if payment.provider_account is None:
        ended = Attempt(payment=payment, kind=closing, amount=payment.amount, currency=payment.currency)
    else:
        order = commands.Order(
            account=payment.provider_account, money=payment.money, method=payment.method, lease_seconds=lease_seconds()
        )
        ended = commands.write_attempt(change, closing, order)
    ended.state, ended.decided_at = AttemptState.SUCCEEDED, clock.now()
    ended.sent_at = ended.lease_until = ended.next_check_at = None
    return ended


def _waiting_for_customer(payment: Payment) -> Attempt | None:
    """Return the attempt whose customer has not acted yet; an operation that is under way is none. Raises
    OperationInProgress for one in doubt or one that is already being closed."""
    waiting = payment.attempts.filter(kind__in=PAYING, state__in=UNDECIDED).first()
    if waiting is None:
        return None
    if waiting.state != "PENDING":
        raise OperationInProgress(f"The {waiting.kind} is not decided yet ({waiting.state.lower()}).")
    closing = payment.attempts.filter(kind__in=CLOSING, state__in=UNDECIDED).first()
    if closing is not None:
        raise OperationInProgress("This payment is being closed already.", details={"attempt": closing.public_id})
    return waiting


def _command(change: Change, kind: AttemptKind, amount: int, fed: Fed, account: ProviderAccount) -> Attempt:
    """Write it for the account that holds the money, or whose session is to be closed."""
    payment = change.payment
    order = commands.Order(
        account=account,
        money=Money(amount, payment.currency),
        method=payment.method,
        lease_seconds=fed.lease_seconds,
        kind=kind,
    )
    if kind is AttemptKind.EXPIRE:
        # Expiry is news, not a wish: the saga hears of it when the PSP has closed the session.
        attempt = commands.write_attempt(change, kind, order)
    elif saga.advance(change, [fed.event], order=order, delta=fed.delta) is None:
        raise wrong_state(payment, "cancelled")
    else:
        attempt = ordered_attempt(change)
    fingerprint(payment, attempt, account)
    return attempt
