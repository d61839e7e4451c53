"""Pay: write the payment and its attempt down, call the PSP, record the outcome, answer."""

import datetime as dt
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from paymenthub.kernel import clock, db, ids
from paymenthub.kernel.errors import (
    Busy,
    DuplicateTransaction,
    HubError,
    IdempotencyInFlight,
    InvalidField,
    NotFound,
    OperationInProgress,
    ProviderUnavailable,
    Unprocessable,
    UnsupportedOperation,
)
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts import breaker, bulkhead, provider_data, requests
from payments.attempts.run import run
from payments.domain.attempt import AttemptKind, AttemptState
from payments.domain.machine import PSP_CHANNELS
from payments.models import Attempt, CaptureMode, Payment, PaymentType, Project, ProviderAccount, Source
from payments.saga import advance as saga
from payments.saga import commands
from payments.saga.change import Change
from payments.selectors import accounts
from payments.selectors.attempts import paying_attempt
from payments.verdicts.apply import Applied
from providers import registry
from providers.errors import InvalidProviderData
from providers.port import Driver
from providers.types import Operation, PayRequest, SubscriptionRequest

from .ordering import PayOnce, constraint_of, ordered_attempt, settling
from .results import PayOutcome, result_of, without_attempt

_EVENT = {
    Operation.PAY: "scheduleRequested",
    Operation.AUTHORIZE: "paymentAuthorizationRequested",
    Operation.LINK_CREATE: "linkRequested",
}
_LONGEST_WAIT, _LOOK_EVERY = 2.0, 0.05
"""Seconds for which an equal request waits for the first one's outcome."""


@dataclass(frozen=True, slots=True)
class PayCommand:
    """An order system's wish to be paid. `provider_data` goes to the PSP and is kept nowhere.

    `order_intent_id` is the intent whose id the payment takes and which watches it.
    """

    project: Project
    mode: str
    provider: str
    method: str
    money: Money
    shop_transaction_id: str
    account_name: str = ""
    success_redirect_url: str = ""
    failure_redirect_url: str = ""
    callback_url: str = ""
    description: str = ""
    locale: str = ""
    buyer: Mapping[str, str] = field(default_factory=dict)
    additional_data: Mapping[str, Any] = field(default_factory=dict)
    provider_data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    capture_mode: CaptureMode = CaptureMode.AUTOMATIC
    flow_saga_id: str = ""
    payment_id: uuid.UUID | None = None
    """The new payment's id, where it was promised before: a saga's that was created first."""
    saga_metadata: Mapping[str, Any] = field(default_factory=dict)
    evidence: str = ""
    claim: PayOnce | None = None
    order_intent_id: uuid.UUID | None = None
    by_link: bool = False
    """Ask the PSP for a link that is paid later; it may leave the method open (empty)."""

    @property
    def operation(self) -> Operation:
        """What the PSP is asked for."""
        if self.by_link:
            return Operation.LINK_CREATE
        return Operation.PAY if self.capture_mode == CaptureMode.AUTOMATIC else Operation.AUTHORIZE


def pay(command: PayCommand) -> PayOutcome:
    """Take (or authorise) money once per shop transaction id.

    The same id with the same content returns the first one's result, with other content `DuplicateTransaction`; after a
    final failure it is a new payment. Raises NotFound, UnsupportedOperation, Unprocessable, InvalidField or Busy with
    nothing stored and nothing sent, and ProviderUnavailable with nothing sent (nor stored, while its breaker is open).
    """
    driver, account = offered(command)
    try:
        with bulkhead.slot(account.id), breaker.admitted(account.id):
            outcome = _first(command, driver, account)
    except (Busy, ProviderUnavailable):
        # A request that was sent before needs no call: it is answered also where there is no room for another one.
        earlier = _claimed(command)
        if earlier is None:
            raise
        return _outcome_of(earlier, command)
    return _again(command, driver) if outcome is None else outcome


def offered(command: PayCommand) -> tuple[Driver, ProviderAccount]:
    """Find who would take this payment. Raises NotFound, Conflict, UnsupportedOperation or Unprocessable."""
    driver = _driver(command)
    account = accounts.for_new_payment(
        project=command.project, mode=command.mode, provider=command.provider, name=command.account_name
    )
    if command.method not in account.methods and (command.method or not command.by_link):
        raise NotFound(
            f"The account {account.name!r} at {command.provider} does not offer {command.method}.", param="method"
        )
    return driver, account


def _first(command: PayCommand, driver: Driver, account: ProviderAccount) -> PayOutcome | None:
    """Write it down, send it, record it; None where the shop transaction id is claimed already."""
    try:
        payment, attempt = db.retry_serialization(lambda: _write_down(command, driver, account))
    except IntegrityError as error:
        match constraint_of(error):
            case "payment_claims_shop_transaction" | "payments_payment_pkey":
                return None
            case "idempotency_key_once":
                raise IdempotencyInFlight("The first request with this Idempotency-Key is still running.") from None
        raise
    if attempt is None:
        return without_attempt(payment)
    applied = _run(payment, attempt, account, command)
    return result_of(applied.payment, applied.attempt)


def _driver(command: PayCommand) -> Driver:
    if not registry.is_enabled(command.provider):
        raise NotFound(f"There is no provider {command.provider!r} here.", param="provider")
    driver = registry.get(command.provider)
    if not driver.offers(command.operation):
        raise UnsupportedOperation(f"{driver.display_name} does not offer {command.operation.value}.")
    if not driver.offers(command.operation, method=command.method or None):
        raise NotFound(f"{driver.display_name} has no payment method {command.method!r}.", param="method")
    if not driver.takes(command.money.currency):
        raise Unprocessable(f"{driver.display_name} does not take {command.money.currency}.", param="currency")
    return driver


def _new_payment(command: PayCommand, account: ProviderAccount) -> Payment:
    return Payment(
        id=command.payment_id or command.order_intent_id or ids.new_uuid(),
        of_order=command.order_intent_id is not None,
        created_at=clock.now(),
        project=command.project,
        mode=command.mode,
        type=PaymentType.PAY_BY_LINK if command.by_link else PaymentType.DIRECT,
        shop_transaction_id=command.shop_transaction_id,
        claimed_shop_transaction_id=command.shop_transaction_id,
        amount=command.money.amount,
        currency=command.money.currency,
        capture_mode=command.capture_mode,
        provider=command.provider,
        method=command.method,
        provider_account=account,
        description=command.description,
        locale=command.locale,
        buyer=dict(command.buyer),
        additional_data=dict(command.additional_data),
        flow_saga_id=command.flow_saga_id,
        saga_metadata=dict(command.saga_metadata),
        success_redirect_url=command.success_redirect_url,
        failure_redirect_url=command.failure_redirect_url,
        callback_url=command.callback_url,
    )


def _write_down(command: PayCommand, driver: Driver, account: ProviderAccount) -> tuple[Payment, Attempt | None]:
    """T1: the payment, its first transitions and its attempt, committed before anything is sent.

    No attempt where the machine has a step before the charge: that step's event commands it (`feed_event`).
    """
    payment = _new_payment(command, account)
    change = Change(payment, source=Source.API, is_new=True, evidence=command.evidence)
    order = commands.Order(
        account=account,
        money=command.money,
        method=command.method,
        lease_seconds=settings.ATTEMPT_LEASE,
        has_provider_data=bool(command.provider_data),
    )
    event = _EVENT[command.operation]
    saga.create(change)
    decision = saga.advance(change, [event], order=order)
    # A machine may put a step before it; one that has no way to it at all is refused.
    attempt = ordered_attempt(change) if change.new_attempts or decision is None else None
    # A step may end long after this request: what the PSP will be sent is looked at now all the same.
    fingerprint_pay(payment, attempt or _draft(payment, command, order), account, driver, command)
    kept_for = payment.id if attempt is None else attempt.id
    if attempt is None:
        payment.has_provider_data = bool(command.provider_data)
        if not any(asked.channel in PSP_CHANNELS for asked in change.commands):
            payment.expires_at = clock.now() + dt.timedelta(hours=settings.UNSENT_PAYMENT_HOURS)
    kept = False
    try:
        with db.durable():
            change.save()
            # After the rows, so that what an equal payment of a promised id has kept stays; before the commit, since from
            # then on another process may have to finish this one's work.
            if command.provider_data:
                provider_data.keep(kept_for, command.provider_data)
                kept = True
            if command.claim is not None and attempt is not None:
                command.claim.take(attempt)
            elif command.claim is not None:
                command.claim.take_for(payment)
    except (IntegrityError, HubError):
        if kept:
            provider_data.erase(kept_for)
        raise
    return payment, attempt


def _draft(payment: Payment, command: PayCommand, order: commands.Order) -> Attempt:
    """Make the attempt that a later step would command, to be looked at and never stored."""
    return commands.write_attempt(Change(payment, source=Source.API), AttemptKind(command.operation.value), order)


def _run(payment: Payment, attempt: Attempt, account: ProviderAccount, command: PayCommand) -> Applied:
    then = settling(command.claim)
    return run(payment, attempt, account, command.provider_data, evidence=command.evidence, then=then)


def fingerprint_pay(
    payment: Payment, attempt: Attempt, account: ProviderAccount, driver: Driver, command: PayCommand
) -> None:
    """Let the driver look at the request before anything is stored, and note what exactly will be sent."""
    request = requests.build(payment, attempt, account, command.provider_data)
    try:
        if isinstance(request, PayRequest):
            driver.check_pay(request)
        elif isinstance(request, SubscriptionRequest):
            driver.check_subscription(request, Operation(attempt.kind))
    except InvalidProviderData as error:
        raise InvalidField(error.message, param=f"providerData.{error.param}") from None
    attempt.request_digest = requests.digest(request)


def _again(command: PayCommand, driver: Driver) -> PayOutcome:
    """Answer a request whose shop transaction id is already claimed; send again what surely was not sent."""
    payment = _claimed(command)
    promised = command.payment_id or command.order_intent_id
    if payment is None and promised is not None:
        # What was promised is paid once: where its payment has ended, that is the outcome.
        ended = Payment.objects.filter(pk=promised).first()
        if ended is not None:
            return _outcome_of(ended, command)
    if payment is None:
        # It ended between our insert and this look: the next one starts anew.
        return pay(command)
    attempt = _paying(payment, command)
    if attempt is None:
        return _waiting(payment, driver, command)
    attempt = awaited(attempt)
    if attempt.state != AttemptState.NOT_SENT:
        return result_of(attempt.payment, attempt, replayed=True)
    account = payment.account
    with bulkhead.slot(account.id), breaker.admitted(account.id):
        reopened = db.retry_serialization(lambda: _reopen(payment, attempt, driver, command))
        if reopened is None:
            return _outcome_of(payment, command)
        applied = _run(payment, reopened, account, command)
    return result_of(applied.payment, applied.attempt)


def _waiting(payment: Payment, driver: Driver, command: PayCommand) -> PayOutcome:
    """Answer for a payment whose charge waits for a step; fresh providerData takes the place of what was kept."""
    if payment.has_provider_data and command.provider_data:
        account = payment.account
        order = commands.Order(account=account, money=command.money, method=command.method)
        fingerprint_pay(payment, _draft(payment, command, order), account, driver, command)
        provider_data.keep(payment.id, command.provider_data)
    return without_attempt(payment, replayed=True)


def _claimed(command: PayCommand) -> Payment | None:
    return (
        Payment.objects.select_related("provider_account")
        .filter(project=command.project, mode=command.mode, claimed_shop_transaction_id=command.shop_transaction_id)
        .first()
    )


def _outcome_of(payment: Payment, command: PayCommand) -> PayOutcome:
    attempt = _paying(payment, command)
    if attempt is None:
        return without_attempt(payment, replayed=True)
    attempt = awaited(attempt)
    return result_of(attempt.payment, attempt, replayed=True)


def awaited(attempt: Attempt) -> Attempt:
    """Return an attempt that no request is sending at this moment, after a short wait where one is.

    Raises OperationInProgress, retryable: told «pending» instead, its caller would wait for news of what may turn out to
    have never been sent, and nobody would send it again.
    """
    ends = clock.monotonic() + _LONGEST_WAIT
    while locks.is_leased(attempt):
        if clock.monotonic() >= ends:
            raise OperationInProgress("An equal request is being sent at this moment. Send it again.", retryable=True)
        db.release_connection()
        time.sleep(_LOOK_EVERY)
        attempt = Attempt.objects.select_related("payment__provider_account", "refund").get(pk=attempt.pk)
    return attempt


def _paying(payment: Payment, command: PayCommand) -> Attempt | None:
    """Return the attempt that a repeated request is about, None while a step comes before it. Raises
    `DuplicateTransaction` for other content."""
    if payment.shop_transaction_id != command.shop_transaction_id:
        raise DuplicateTransaction(
            "This payment has another shopTransactionId.",
            param="shopTransactionId",
            details={"paymentId": payment.wire_id},
        )
    asked = (command.money, command.provider, command.method, command.capture_mode, command.flow_saga_id)
    known = (payment.money, payment.provider, payment.method, payment.capture_mode, payment.flow_saga_id)
    is_link = payment.type == PaymentType.PAY_BY_LINK
    if known != asked or payment.in_checkout or is_link != command.by_link:
        raise DuplicateTransaction(
            "This shopTransactionId belongs to a payment with another amount, currency, provider, method or saga.",
            param="shopTransactionId",
            details={"paymentId": payment.wire_id},
        )
    return paying_attempt(payment.id)


def _reopen(payment: Payment, attempt: Attempt, driver: Driver, command: PayCommand) -> Attempt | None:
    """Open an attempt of which surely nothing was sent once more, with its own key; None when somebody else just did."""
    with db.durable():
        locked = locks.payment(payment.id)
        current = locked.attempts.get(pk=attempt.pk)
        if current.state != AttemptState.NOT_SENT or locked.claimed_shop_transaction_id is None:
            return None
        if locked.authorized or locked.captured:
            return None  # another attempt has brought the money meanwhile
        current.has_provider_data = bool(command.provider_data)
        if command.provider_data:
            provider_data.keep(current.id, command.provider_data)
        fingerprint_pay(locked, current, locked.account, driver, command)
        locks.open_again(current, seconds=settings.ATTEMPT_LEASE)
        change = Change(locked, source=Source.API, evidence=command.evidence)
        change.changed_attempts.append(current)
        change.save()
        if command.claim is not None:
            command.claim.take(current)
    return current
