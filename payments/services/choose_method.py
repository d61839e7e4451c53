"""Choose how an open payment is paid: one try at a time, written down before it is sent, the last one closed first."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import (
    HubError,
    NotFound,
    OperationInProgress,
    ProviderUnavailable,
    UnsupportedOperation,
    WrongState,
)
from payments import locks
from payments.attempts import breaker, bulkhead, provider_data, reconcile
from payments.attempts.run import run
from payments.domain.attempt import CLOSING, EXCLUSIVE, PAYING, UNDECIDED, AttemptKind, AttemptState
from payments.domain.checkout import is_allowed
from payments.models import Attempt, CaptureMode, Payment, ProviderAccount, Source
from payments.saga import advance as saga
from payments.saga import commands
from payments.saga.change import Change
from payments.selectors import checkout
from payments.selectors.attempts import paying_attempt
from providers import registry
from providers.port import Driver
from providers.types import Operation

from .ordering import By, Written, carry_out, constraint_of, fingerprint, lease_seconds, ordered_attempt
from .pay import PayCommand, awaited, fingerprint_pay, offered
from .results import PayOutcome, result_of, without_attempt

_LOOKS = 3
"""How often a choice looks again after somebody else was faster."""


class StillChecking(OperationInProgress):
    """Nobody knows yet how the last try ends: another one could be the second to be paid."""


class CheckoutOver(WrongState):
    """The payment has ended, was paid, or its time is over: there is nothing to choose any more."""

    code = "checkout_over"


class TooManyTries(WrongState):
    """The customer has tried CHECKOUT_MAX_ATTEMPTS times."""

    code = "too_many_tries"


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen, by whom, and what goes to the PSP and is kept nowhere."""

    provider: str
    method: str
    account_name: str
    provider_data: Mapping[str, Any] = field(repr=False)
    redirect_urls: Mapping[str, str]
    client: Mapping[str, str]
    evidence: str


def choose(
    payment_id: uuid.UUID,
    *,
    provider: str,
    method: str,
    account_name: str = "",
    provider_data: Mapping[str, Any] | None = None,
    redirect_urls: Mapping[str, str] | None = None,
    client: Mapping[str, str] | None = None,
    evidence: str = "",
) -> PayOutcome:
    """Begin to pay an open payment by this method; chosen twice, it is the first one's session.

    Another choice closes the last one's session at its PSP first, and goes on only when that is sure. `redirect_urls`
    (`success`, `failure`) take the place of the payment's own: the caller has checked them. `client` (`country`,
    `device`) is what the machine's steps may know.

    Raises CheckoutOver, TooManyTries, StillChecking, OperationInProgress (retryable), NotFound, UnsupportedOperation,
    Unprocessable, InvalidField or Busy with nothing new sent, and ProviderUnavailable where surely nothing arrived.
    """
    choice = _Choice(provider, method, account_name, provider_data or {}, redirect_urls or {}, client or {}, evidence)
    for _ in range(_LOOKS):
        payment = Payment.objects.select_related("project", "provider_account").get(pk=payment_id)
        _refuse_ended(payment)
        outcome = _look(payment, choice)
        if outcome is not None:
            return outcome
    raise OperationInProgress("Another choice for this payment is being made.", retryable=True)


def _look(payment: Payment, choice: _Choice) -> PayOutcome | None:
    """Answer by how the last try stands, or make the next one; None where somebody else was faster."""
    latest = paying_attempt(payment.id)
    if latest is None and payment.provider:
        if (payment.provider, payment.method) != (choice.provider, choice.method):
            raise StillChecking("A step before the charge has not ended yet.")
        return without_attempt(payment, replayed=True)
    if latest is not None:
        latest = awaited(Attempt.objects.select_related("payment__provider_account", "refund").get(pk=latest.pk))
        is_equal = (latest.provider_account.provider, latest.method) == (choice.provider, choice.method)
        if latest.is_undecided and is_equal and not _is_closing(payment):
            return result_of(latest.payment, latest, replayed=True)
    command = _command(payment, choice)
    driver, account = offered(command)
    wanted = Operation(checkout.kind_of_try(payment).value)
    if not driver.offers(wanted):
        raise UnsupportedOperation(f"{driver.display_name} does not offer {wanted.value}.")
    if latest is not None and latest.is_undecided:
        _refuse_useless(payment, account)
        _close(payment, latest, choice)
        return None  # look again: how it ended decides
    with bulkhead.slot(account.id), breaker.admitted(account.id):
        try:
            written = db.retry_serialization(lambda: _write_down(payment.id, latest, choice, driver, account, command))
        except IntegrityError as error:
            if constraint_of(error) == "attempt_one_undecided_per_payment":
                return None
            raise
        if written is None:
            return None
        payment, attempt = written
        if attempt is None:
            return without_attempt(payment)
        applied = run(payment, attempt, account, choice.provider_data, source=Source.CHECKOUT, evidence=choice.evidence)
    return result_of(applied.payment, applied.attempt)


def _refuse_ended(payment: Payment) -> None:
    if not payment.in_checkout:
        raise CheckoutOver("This payment's method was chosen when it was made.")
    if payment.captured or payment.authorized or payment.was_free:
        raise CheckoutOver("This payment is paid.", details={"state": payment.state})
    if payment.claimed_shop_transaction_id is None:
        raise CheckoutOver("This payment has ended.", details={"state": payment.state})
    if payment.checkout_ends_at is not None and payment.checkout_ends_at <= clock.now():
        raise CheckoutOver("The time to pay is over.", details={"state": payment.state})


def _refuse_useless(payment: Payment, account: ProviderAccount) -> None:
    """Refuse a choice that could not be begun before the session that the customer has is closed for it."""
    tries = payment.attempts.filter(kind__in=PAYING).count()
    if checkout.tries_left(payment, tries) == 0:
        raise TooManyTries(f"This payment was tried {tries} times.", details={"tries": tries})
    if breaker.is_open(account.id):
        raise ProviderUnavailable("The provider does not answer at present. Nothing was sent.")


def _command(payment: Payment, choice: _Choice) -> PayCommand:
    """Put a choice into the words of `pay`, whose checks it has to pass. Raises NotFound for a method not allowed."""
    if not is_allowed(payment.allowed_methods, provider=choice.provider, method=choice.method):
        raise NotFound("This payment does not allow this method.", param="method")
    return PayCommand(
        project=payment.project,
        mode=payment.mode,
        provider=choice.provider,
        method=choice.method,
        money=payment.money,
        shop_transaction_id=payment.shop_transaction_id,
        account_name=choice.account_name,
        provider_data=choice.provider_data,
        capture_mode=CaptureMode(payment.capture_mode),
        evidence=choice.evidence,
    )


def _write_down(
    payment_id: uuid.UUID,
    seen: Attempt | None,
    choice: _Choice,
    driver: Driver,
    account: ProviderAccount,
    command: PayCommand,
) -> tuple[Payment, Attempt | None] | None:
    """T1: the choice and its attempt, under the payment's lock; None where something has changed since `seen` was read.

    No attempt where the machine puts a step before the charge.
    """
    kept_for: uuid.UUID | None = None
    try:
        with db.durable():
            payment = locks.payment(payment_id)
            _refuse_ended(payment)
            tries = list(payment.attempts.filter(kind__in=PAYING).order_by("created_at", "id"))
            latest = tries[-1] if tries else None
            if (latest and (latest.pk, latest.state)) != (seen and (seen.pk, seen.state)):
                return None
            if latest is None and payment.provider:
                return None
            _refuse_while_running(payment)
            change = Change(payment, source=Source.CHECKOUT, evidence=choice.evidence)
            attempt = _again(change, latest, choice, account)
            if attempt is None:
                attempt = _next(change, len(tries), choice, account)
            draft = attempt or _draft(payment, command, account)
            fingerprint_pay(payment, draft, account, driver, command)
            payment.has_provider_data = attempt is None and bool(choice.provider_data)
            change.save()
            if choice.provider_data:
                kept_for = payment.id if attempt is None else attempt.id
                provider_data.keep(kept_for, choice.provider_data)
            return payment, attempt
    except (IntegrityError, HubError):
        if kept_for is not None:
            provider_data.erase(kept_for)
        raise


def _again(change: Change, latest: Attempt | None, choice: _Choice, account: ProviderAccount) -> Attempt | None:
    """Open the last try once more, with its own key, where the same is chosen and surely nothing of it was sent."""
    if latest is None or latest.state != AttemptState.NOT_SENT:
        return None
    if (latest.provider_account_id, latest.method) != (account.id, choice.method):
        return None
    latest.has_provider_data = bool(choice.provider_data)
    locks.open_again(latest, seconds=settings.ATTEMPT_LEASE)
    change.changed_attempts.append(latest)
    _note_choice(change.payment, choice, account)
    return latest


def _next(change: Change, tries: int, choice: _Choice, account: ProviderAccount) -> Attempt | None:
    """Let the saga command the next try. Raises TooManyTries, and UnsupportedOperation where the machine has no way."""
    payment = change.payment
    if checkout.tries_left(payment, tries) == 0:
        raise TooManyTries(f"This payment was tried {tries} times.", details={"tries": tries})
    _note_choice(payment, choice, account)
    order = commands.Order(
        account=account,
        money=payment.money,
        method=choice.method,
        lease_seconds=settings.ATTEMPT_LEASE,
        has_provider_data=bool(choice.provider_data),
        kind=checkout.kind_of_try(payment),
    )
    event = checkout.beginning_event(payment, again=tries > 0)
    known = {name: choice.client[name] for name in ("country", "device") if choice.client.get(name)}
    decision = saga.advance(change, [event], order=order, delta={"checkout": known} if known else None)
    return ordered_attempt(change) if change.new_attempts or decision is None else None


def _note_choice(payment: Payment, choice: _Choice, account: ProviderAccount) -> None:
    payment.provider, payment.method, payment.provider_account = choice.provider, choice.method, account
    payment.success_redirect_url = choice.redirect_urls.get("success") or payment.success_redirect_url
    payment.failure_redirect_url = choice.redirect_urls.get("failure") or payment.failure_redirect_url
    payment.expires_at = payment.checkout_ends_at


def _draft(payment: Payment, command: PayCommand, account: ProviderAccount) -> Attempt:
    """Make the attempt that a later step would command, to be looked at and never stored."""
    order = commands.Order(account=account, money=payment.money, method=command.method)
    return commands.write_attempt(Change(payment, source=Source.CHECKOUT), checkout.kind_of_try(payment), order)


def _refuse_while_running(payment: Payment) -> None:
    running = payment.attempts.filter(kind__in=(*EXCLUSIVE, *CLOSING), state__in=UNDECIDED).first()
    if running is not None:
        raise StillChecking("The last try is still being checked.", details={"attempt": running.public_id})


def _is_closing(payment: Payment) -> bool:
    return payment.attempts.filter(kind__in=CLOSING, state__in=UNDECIDED).exists()


def _close(payment: Payment, waiting: Attempt, choice: _Choice) -> None:
    """Close the session of the last try at its PSP, so that nobody can pay it beside the next one.

    Returns when the try is decided. Raises StillChecking where that is not sure, and UnsupportedOperation where its PSP
    closes no session.
    """
    reconcile.check(waiting.id, source=Source.CHECKOUT, evidence=choice.evidence)
    waiting.refresh_from_db()
    if not waiting.is_undecided:
        return
    if waiting.state != AttemptState.PENDING or not (waiting.redirect_url or waiting.redirect_url_mobile):
        raise StillChecking("The last try is still being checked.", details={"attempt": waiting.public_id})
    account = waiting.provider_account
    driver = registry.get(account.provider)
    if not {Operation.CANCEL, Operation.EXPIRE} & driver.operations:
        raise UnsupportedOperation(f"{driver.display_name} closes no session: finish the payment there.")
    by = By(source=Source.CHECKOUT, evidence=choice.evidence)
    outcome, _ = carry_out(payment.id, lambda: _write_closing(payment.id, waiting, by), by=by, account=account)
    if outcome.attempt.state in (AttemptState.DECLINED, AttemptState.REJECTED):
        # It would not be closed: most likely it has just been paid.
        reconcile.check(waiting.id, source=Source.CHECKOUT, evidence=choice.evidence)
    waiting.refresh_from_db()
    if waiting.is_undecided:
        raise StillChecking("The last try is still being checked.", details={"attempt": waiting.public_id})


def _write_closing(payment_id: uuid.UUID, waiting: Attempt, by: By) -> Written:
    with db.durable():
        payment = locks.payment(payment_id)
        _refuse_ended(payment)
        current = payment.attempts.select_related("refund").get(pk=waiting.pk)
        if not current.is_undecided:
            return Written(payment, current, is_done=True)
        if current.state != AttemptState.PENDING or _is_closing(payment):
            raise StillChecking("The last try is still being checked.", details={"attempt": current.public_id})
        change = Change(payment, source=by.source, evidence=by.evidence)
        order = commands.Order(
            account=waiting.provider_account,
            money=current.money,
            method=current.method,
            lease_seconds=lease_seconds(),
        )
        attempt = commands.write_attempt(change, AttemptKind.SWITCH, order)
        fingerprint(payment, attempt, waiting.provider_account)
        change.save()
        return Written(payment, attempt)
