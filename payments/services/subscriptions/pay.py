"""Pay: charge a later payment at the order system's wish, by the token that the first one brought."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError

from paymenthub.kernel import db
from paymenthub.kernel.errors import (
    DuplicateTransaction,
    HubError,
    IdempotencyInFlight,
    OperationInProgress,
    UnsupportedOperation,
    WrongState,
)
from paymenthub.kernel.money import Money
from payments import locks
from payments.attempts import breaker, bulkhead, provider_data
from payments.attempts.run import run
from payments.domain.subscription import RunBy, State
from payments.models import Attempt, Payment, Source, Subscription
from payments.saga import subscription as saga
from payments.saga.change import Change
from payments.saga.subscription import SubscriptionChange
from payments.selectors.attempts import paying_attempt
from payments.services.ordering import PayOnce, constraint_of, settling

from ._charge import LATER_EVENT, account_of, idempotency_key, new_payment, open_period, order_charge, transaction_id
from ._schedule import now_of
from .start import SubscriptionOutcome, outcome_of


class NotDueYet(WrongState):
    """The hub charges this subscription by itself, and its next payment is not due."""

    code = "not_due_yet"


@dataclass(frozen=True, slots=True)
class PayLaterCommand:
    """A wish for the next payment of a subscription; without `shop_transaction_id` it is named as the hub would."""

    subscription_id: uuid.UUID
    money: Money | None = None
    shop_transaction_id: str = ""
    provider_data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    evidence: str = ""
    claim: PayOnce | None = None
    flow_saga_id: str = ""


def pay(command: PayLaterCommand) -> SubscriptionOutcome:
    """Charge the next period, or the one that is past due, once.

    A period that the hub renews by itself is charged by whoever comes first: before its date NotDueYet. The same
    shopTransactionId returns the first one's result. Raises WrongState, OperationInProgress while a payment is on its
    way or in doubt, DuplicateTransaction, InvalidField, Busy, or ProviderUnavailable with nothing sent.
    """
    known = Subscription.objects.select_related("provider_account", "project").get(pk=command.subscription_id)
    account = account_of(known)
    with bulkhead.slot(account.id), breaker.admitted(account.id):
        try:
            written = db.retry_serialization(lambda: _write_down(command))
        except IntegrityError as error:
            match constraint_of(error):
                case "payment_claims_shop_transaction" | "payment_of_subscription_period":
                    raise DuplicateTransaction(
                        "This shopTransactionId belongs to another payment.", param="shopTransactionId"
                    ) from None
                case "idempotency_key_once":
                    raise IdempotencyInFlight("The first request with this Idempotency-Key is still running.") from None
            raise
        payment, attempt, replayed = written
        if not replayed:
            then = settling(command.claim)
            applied = run(payment, attempt, account, command.provider_data, evidence=command.evidence, then=then)
            payment, attempt = applied.payment, applied.attempt
    known.refresh_from_db()
    return outcome_of(known, payment, attempt, replayed=replayed)


def _write_down(command: PayLaterCommand) -> tuple[Payment, Attempt, bool]:
    with db.durable():
        subscription = locks.subscription(command.subscription_id)
        earlier = _earlier(subscription, command)
        if earlier is not None:
            return earlier
        _refuse(subscription, command)
        change = SubscriptionChange(subscription, source=Source.API, evidence=command.evidence)
        retries = subscription.state == State.PAYMENT_FAILED
        number = subscription.period if retries else subscription.period + 1
        step = subscription.dunning_step + 1 if retries else 0
        terms, today = subscription.terms, subscription.terms.today(now_of(subscription))
        amount = command.money.amount if command.money else (subscription.pending_amount or subscription.amount)
        due_on = terms.date_of(number) if subscription.run_by == RunBy.HUB else today
        period = open_period(change, number, due_on=due_on, amount=amount, step=step)
        period.amount = amount
        subscription.charged_on = today
        saga.advance(change, "scheduleNextPayment")
        account = account_of(subscription)
        payment = new_payment(
            subscription,
            number,
            amount,
            account=account,
            method=subscription.method,
            shop_transaction_id=command.shop_transaction_id or transaction_id(subscription, number),
        )
        payment.flow_saga_id = command.flow_saga_id
        charge = Change(payment, source=Source.API, is_new=True, evidence=command.evidence)
        key, data = idempotency_key(subscription, number, step), command.provider_data
        attempt = order_charge(charge, account, LATER_EVENT, key=key, data=data, leased=True)
        period.payment = payment
        kept = False
        try:
            charge.save()
            change.save()
            if data:
                provider_data.keep(attempt.id, data)
                kept = True
            if command.claim is not None:
                command.claim.take(attempt)
        except (IntegrityError, HubError):
            if kept:
                provider_data.erase(attempt.id)
            raise
        return payment, attempt, False


def _earlier(subscription: Subscription, command: PayLaterCommand) -> tuple[Payment, Attempt, bool] | None:
    """Find the payment that a repeated request is about. Raises DuplicateTransaction for another amount."""
    if not command.shop_transaction_id:
        return None
    payment = subscription.payments.filter(claimed_shop_transaction_id=command.shop_transaction_id).first()
    attempt = None if payment is None else paying_attempt(payment.id)
    if payment is None or attempt is None:
        return None
    if command.money is not None and command.money != payment.money:
        raise DuplicateTransaction(
            "This shopTransactionId belongs to a payment with another amount or currency.",
            param="shopTransactionId",
            details={"paymentId": payment.wire_id},
        )
    return payment, attempt, True


def _refuse(subscription: Subscription, command: PayLaterCommand) -> None:
    if subscription.run_by == RunBy.PROVIDER:
        raise UnsupportedOperation("The provider charges this subscription by itself.")
    if command.money is not None and command.money.currency != subscription.currency:
        raise WrongState(f"This subscription is paid in {subscription.currency}.", param="currency")
    if subscription.state == State.PAYMENT_PENDING:
        raise OperationInProgress("A payment of this subscription is not decided yet.")
    if subscription.state not in (State.ACTIVE, State.PAYMENT_FAILED) or subscription.paused_at is not None:
        paused = "paused" if subscription.paused_at else subscription.state
        raise WrongState(f"This subscription cannot be charged: it is {paused}.")
    if subscription.expires_after is not None and subscription.payments_made >= subscription.expires_after:
        raise WrongState(f"All {subscription.expires_after} payments of this subscription are made.")
    if not subscription.token:
        raise WrongState("Its provider has not named a token for later payments yet.")
    if subscription.run_by != RunBy.HUB or subscription.state != State.ACTIVE:
        return
    due_on = subscription.next_payment_on
    if due_on is None or subscription.terms.today(now_of(subscription)) < due_on:
        raise NotDueYet(
            f"The hub charges this subscription by itself, next on {due_on}.",
            details={"nextPaymentDate": due_on.isoformat() if due_on else None},
        )
