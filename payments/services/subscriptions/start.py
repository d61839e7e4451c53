"""Start: write a subscription and its first payment down, ask the PSP, record the outcome, answer."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from paymenthub.kernel import db
from paymenthub.kernel.errors import (
    DuplicateTransaction,
    HubError,
    IdempotencyInFlight,
    OperationInProgress,
    ProviderUnavailable,
    WrongState,
)
from payments import locks
from payments.attempts import breaker, bulkhead, provider_data
from payments.attempts.run import run
from payments.domain.attempt import AttemptState
from payments.domain.subscription import RunBy, State, Word
from payments.models import Attempt, Payment, ProviderAccount, Source, Subscription
from payments.saga import subscription as saga
from payments.saga.change import Change
from payments.saga.subscription import SubscriptionChange
from payments.selectors.attempts import paying_attempt
from payments.services.ordering import PayOnce, constraint_of, settling
from payments.services.results import Result, result_of, without_attempt

from ._charge import (
    FIRST_EVENT,
    first_amount,
    idempotency_key,
    new_payment,
    note_request,
    open_period,
    order_charge,
    transaction_id,
)
from ._schedule import now_of
from .agree import SubscribeCommand, check_terms, new_subscription, offered, taker


@dataclass(frozen=True, slots=True)
class SubscriptionOutcome:
    """What a caller is told: the four words of a payment, and the subscription that it belongs to."""

    result: Result
    description: str
    subscription: Subscription
    payment: Payment | None = None
    attempt: Attempt | None = None
    redirect_url: str = ""
    redirect_url_mobile: str = ""
    replayed: bool = False


def start(command: SubscribeCommand) -> SubscriptionOutcome:
    """Begin a subscription with its first payment, once per shop's id of it; `command.run_by` says who charges later.

    The same id with the same content returns the first one's result, with other content DuplicateTransaction; after it
    has ended without any payment it is a new one. Raises what `agree.offered` raises and Busy with nothing stored and
    nothing sent, and ProviderUnavailable with nothing sent.
    """
    account = offered(command)[1]
    with bulkhead.slot(account.id), breaker.admitted(account.id):
        try:
            subscription, payment, attempt = db.retry_serialization(lambda: _write_down(command, account))
        except IntegrityError as error:
            match constraint_of(error):
                case "subscription_claims_shop_id" | "payments_subscription_pkey":
                    return _again(command)
                case "payment_claims_shop_transaction":
                    raise DuplicateTransaction(
                        "This shopTransactionId belongs to another payment.", param="shopTransactionId"
                    ) from None
                case "idempotency_key_once":
                    raise IdempotencyInFlight("The first request with this Idempotency-Key is still running.") from None
            raise
        return _send(subscription, payment, attempt, account, command.provider_data, command.claim, command.evidence)


def create(command: SubscribeCommand) -> Subscription:
    """Write a subscription down whose customer chooses the method later (`begin`); nothing is asked of anybody.

    Once per shop's id, as `start`; provider and method may be empty.
    """
    check_terms(command, None)

    def once() -> Subscription:
        with db.durable():
            change = new_subscription(command, None)
            change.tell(Word.CREATED)
            change.save()
            return change.subscription

    try:
        return db.retry_serialization(once)
    except IntegrityError as error:
        if constraint_of(error) not in ("subscription_claims_shop_id", "payments_subscription_pkey"):
            raise
    return _claimed(command)


def begin(
    subscription_id: uuid.UUID,
    *,
    provider: str,
    method: str,
    account_name: str = "",
    provider_data: Mapping[str, Any] | None = None,
    evidence: str = "",
) -> SubscriptionOutcome:
    """Take the first payment of a subscription that was created before; a repeated call returns how it stands, and sends
    what surely was not sent.

    Raises NotFound, Unprocessable, UnsupportedOperation, InvalidField, WrongState, Busy or ProviderUnavailable.
    """
    known = Subscription.objects.select_related("project").get(pk=subscription_id)
    _, account = taker(known.project, known.mode, provider, method, known.currency, account_name)
    data = provider_data or {}

    def once() -> tuple[Payment, Attempt] | None:
        with db.durable():
            subscription = locks.subscription(subscription_id)
            if subscription.state != State.CREATED:
                return None
            subscription.provider, subscription.method = provider, method
            subscription.provider_account = account
            change = SubscriptionChange(subscription, source=Source.API, evidence=evidence)
            return _first_payment(change, account, data, evidence, None)

    with bulkhead.slot(account.id), breaker.admitted(account.id):
        written = db.retry_serialization(once)
        known.refresh_from_db()
        if written is None:
            unsent = _unsent(known, account, method)
            return how_it_stands(known) if unsent is None else _resend(known, unsent, data, None, evidence)
        return _send(known, *written, account, data, None, evidence)


def _write_down(command: SubscribeCommand, account: ProviderAccount) -> tuple[Subscription, Payment, Attempt]:
    with db.durable():
        change = new_subscription(command, account)
        change.tell(Word.CREATED)
        payment, attempt = _first_payment(
            change, account, command.provider_data, command.evidence, command.claim, flow_saga_id=command.flow_saga_id
        )
        return change.subscription, payment, attempt


def _first_payment(
    change: SubscriptionChange,
    account: ProviderAccount,
    data: Mapping[str, Any],
    evidence: str,
    claim: PayOnce | None,
    *,
    flow_saga_id: str = "",
) -> tuple[Payment, Attempt]:
    """Write the first period down, inside the caller's transaction."""
    subscription = change.subscription
    today = subscription.terms.today(now_of(subscription))
    period = open_period(change, 1, due_on=today, amount=first_amount(subscription))
    saga.advance(change, "start")
    payment = new_payment(
        subscription,
        1,
        period.amount,
        account=account,
        method=subscription.method,
        shop_transaction_id=transaction_id(subscription, 1),
    )
    payment.flow_saga_id = flow_saga_id
    charge = Change(payment, source=Source.API, is_new=True, evidence=evidence)
    key = idempotency_key(subscription, 1, 0)
    attempt = order_charge(charge, account, FIRST_EVENT[RunBy(subscription.run_by)], key=key, data=data, leased=True)
    kept = False
    try:
        period.payment = payment
        change.save()
        charge.save()
        if data:
            provider_data.keep(attempt.id, data)
            kept = True
        if claim is not None:
            claim.take(attempt)
    except (IntegrityError, HubError):
        if kept:
            provider_data.erase(attempt.id)
        raise
    return payment, attempt


def _send(
    subscription: Subscription,
    payment: Payment,
    attempt: Attempt,
    account: ProviderAccount,
    data: Mapping[str, Any],
    claim: PayOnce | None,
    evidence: str,
) -> SubscriptionOutcome:
    applied = run(payment, attempt, account, data, evidence=evidence, then=settling(claim))
    subscription.refresh_from_db()
    return outcome_of(subscription, applied.payment, applied.attempt)


def outcome_of(
    subscription: Subscription, payment: Payment, attempt: Attempt | None, *, replayed: bool = False
) -> SubscriptionOutcome:
    """Put into words how a subscription's payment stands. Raises ProviderUnavailable where surely nothing was sent."""
    told = without_attempt(payment) if attempt is None else result_of(payment, attempt)
    return SubscriptionOutcome(
        result=told.result,
        description=told.description,
        subscription=subscription,
        payment=payment,
        attempt=attempt,
        redirect_url=told.redirect_url,
        redirect_url_mobile=told.redirect_url_mobile,
        replayed=replayed,
    )


def how_it_stands(subscription: Subscription) -> SubscriptionOutcome:
    """Answer for a subscription whose first payment has begun. Raises WrongState where there is none."""
    payment = subscription.payments.filter(subscription_period=1).order_by("created_at").last()
    if payment is None:
        raise WrongState("This subscription has ended before it was paid.", param="subscription")
    return outcome_of(subscription, payment, paying_attempt(payment.id), replayed=True)


def _again(command: SubscribeCommand) -> SubscriptionOutcome:
    """Answer a request whose id is claimed already; send again what surely was not sent."""
    subscription = _claimed(command)
    payment = subscription.payments.filter(subscription_period=1).order_by("created_at").last()
    attempt = None if payment is None else paying_attempt(payment.id)
    if payment is None or attempt is None:
        return how_it_stands(subscription)
    if locks.is_leased(attempt):
        raise OperationInProgress("An equal request is being sent at this moment. Send it again.", retryable=True)
    if attempt.state != AttemptState.NOT_SENT:
        return outcome_of(subscription, payment, attempt, replayed=True)
    return _resend(subscription, attempt, command.provider_data, command.claim, command.evidence)


def _unsent(subscription: Subscription, account: ProviderAccount, method: str) -> Attempt | None:
    """Return the first payment's try by this method, where surely nothing of it was sent."""
    payment = subscription.payments.filter(subscription_period=1).order_by("created_at").last()
    attempt = None if payment is None else paying_attempt(payment.id)
    if attempt is None or attempt.state != AttemptState.NOT_SENT:
        return None
    return attempt if (attempt.provider_account_id, attempt.method) == (account.id, method) else None


def _resend(
    subscription: Subscription, attempt: Attempt, data: Mapping[str, Any], claim: PayOnce | None, evidence: str
) -> SubscriptionOutcome:
    """Send what surely was not sent. Raises ProviderUnavailable where it has ended, or somebody else is sending it."""
    reopened = db.retry_serialization(lambda: _reopen(subscription.id, attempt, data, claim))
    if reopened is None:
        raise ProviderUnavailable("Nothing was sent, and it has ended meanwhile. Start the subscription again.")
    return _send(subscription, attempt.payment, reopened, attempt.provider_account, data, claim, evidence)


def _reopen(
    subscription_id: uuid.UUID, attempt: Attempt, data: Mapping[str, Any], claim: PayOnce | None
) -> Attempt | None:
    """Open what surely was not sent once more, with its own key; None where somebody else did, or it has ended."""
    with db.durable():
        locked = locks.payment(attempt.payment_id)
        current = locked.attempts.get(pk=attempt.pk)
        if current.state != AttemptState.NOT_SENT or locked.claimed_shop_transaction_id is None:
            return None
        subscription = locks.subscription(subscription_id)
        if subscription.has_ended:
            return None
        locked.subscription = subscription
        note_request(locked, current, attempt.provider_account, data)
        current.has_provider_data = bool(data)
        if data:
            provider_data.keep(current.id, data)
        locks.open_again(current, seconds=settings.ATTEMPT_LEASE)
        change = Change(locked, source=Source.API)
        change.changed_attempts.append(current)
        change.save()
        if claim is not None:
            claim.take(current)
    return current


def _claimed(command: SubscribeCommand) -> Subscription:
    """Return the subscription that has the shop's id. Raises DuplicateTransaction for other content."""
    shop_id = command.shop_subscription_id or command.shop_transaction_id
    known = Subscription.objects.select_related("project", "provider_account").filter(
        project=command.project, mode=command.mode, claimed_shop_subscription_id=shop_id
    )
    found = known.first()
    if found is None:
        raise OperationInProgress("An equal request has just ended. Send it again.", retryable=True)
    asked = (command.money, command.interval, command.interval_count, command.shop_transaction_id, command.run_by)
    if (found.money, found.interval, found.interval_count, found.shop_transaction_id, found.run_by) != asked:
        raise DuplicateTransaction(
            "This shopSubscriptionId belongs to a subscription with other content.",
            param="shopTransactionId",
            details={"subscriptionId": found.public_id},
        )
    return found
