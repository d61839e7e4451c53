"""Renew: do what a subscription needs at this moment, once, whoever asks and however many do.

The subscription's row lock decides between workers, and between a renewal and a cancel. What is to be charged is written
down first (T1); sending it and recording the outcome are those of every other attempt.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Busy, HubError, ProviderUnavailable, WrongState
from payments import locks
from payments.attempts.start import start
from payments.domain.attempt import ItemKind
from payments.domain.renewal import Plan, Step
from payments.domain.subscription import EndReason, PeriodState, Word
from payments.models import Attempt, Payment, Source, Subscription, SubscriptionPeriod
from payments.saga import advance as payment_saga
from payments.saga import subscription as saga
from payments.saga.change import Change
from payments.saga.subscription import SubscriptionChange

from ._charge import LATER_EVENT, account_of, idempotency_key, new_payment, open_period, order_charge, transaction_id
from ._schedule import look_again, now_of, plan_for
from .ending import end

logger = logging.getLogger(__name__)

_EVIDENCE = "renewal"


@dataclass(frozen=True, slots=True)
class Renewed:
    """What was done: `attempt` is to be sent by whoever calls; `watch` asks to look how it stands at the PSP."""

    step: Step
    attempt: Attempt | None = None
    watch: bool = False


def renew(subscription_id: uuid.UUID) -> Renewed:
    """Do what is due, and send what is to be charged; what cannot be sent now is sent by the poller of attempts.

    A problem of ours (an account that is off, a machine without a way) is put before a person and tried again later.
    """
    try:
        done = db.retry_serialization(lambda: decide(subscription_id))
    except (HubError, IntegrityError) as problem:
        _stuck(subscription_id, problem)
        return Renewed(Step.WAIT)
    if done.attempt is not None:
        try:
            start(done.attempt.id)
        except (Busy, ProviderUnavailable):
            logger.info("a renewal waits to be sent", extra={"subscription": str(subscription_id)})
    return done


def decide(subscription_id: uuid.UUID) -> Renewed:
    """Write down what is due, in a durable transaction under the subscription's lock. Raises HubError, IntegrityError."""
    with db.durable():
        subscription = locks.subscription(subscription_id)
        now = now_of(subscription)
        found = plan_for(subscription, now)
        change = SubscriptionChange(subscription, source=Source.SYSTEM, evidence=_EVIDENCE)
        done = _STEPS[found.step](change, found, now)
        change.save()
        return done


def _wait(change: SubscriptionChange, found: Plan, now: dt.datetime) -> Renewed:
    change.subscription.next_due_at = found.at
    return Renewed(found.step, watch=found.step is Step.WATCH)


def _end(change: SubscriptionChange, found: Plan, now: dt.datetime) -> Renewed:
    subscription = change.subscription
    last = subscription.periods.filter(number=subscription.period, state=PeriodState.PAST_DUE).first()
    if last is not None:
        last.state, last.retry_at = PeriodState.FAILED, None
        change.changed_periods.append(last)
    end(change, found.reason or EndReason.DATE, at=now)
    return Renewed(found.step)


def _give_up(change: SubscriptionChange, found: Plan, now: dt.datetime) -> Renewed:
    period = change.subscription.periods.get(number=found.period)
    period.state, period.retry_at = PeriodState.FAILED, None
    change.changed_periods.append(period)
    facts = {"period": period.number, "declineReason": period.decline_reason, "dueOn": period.due_on.isoformat()}
    end(change, EndReason.DUNNING, at=now, facts=facts)
    return Renewed(found.step)


def _charge(change: SubscriptionChange, found: Plan, now: dt.datetime) -> Renewed:
    subscription = change.subscription
    terms = subscription.terms
    due_on = terms.date_of(found.period)
    if subscription.ends_on is not None and due_on >= subscription.ends_on:
        end(change, EndReason.DATE, at=now)
        return Renewed(Step.END)
    _skip(change, found)
    if subscription.pending_amount is not None:
        subscription.amount, subscription.pending_amount = subscription.pending_amount, None
    period = open_period(change, found.period, due_on=due_on, amount=subscription.amount)
    subscription.charged_on = terms.today(now)
    return Renewed(found.step, attempt=_order(change, period))


def _retry(change: SubscriptionChange, found: Plan, now: dt.datetime) -> Renewed:
    known = change.subscription.periods.get(number=found.period)
    step = known.dunning_step + 1
    period = open_period(change, found.period, due_on=known.due_on, amount=known.amount, step=step)
    return Renewed(found.step, attempt=_order(change, period))


def _order(change: SubscriptionChange, period: SubscriptionPeriod) -> Attempt:
    """Write the payment of a begun period down, with the attempt of its step: READY, so that anybody may send it."""
    subscription = change.subscription
    account = account_of(subscription)
    if not subscription.token:
        raise WrongState("Its provider has not named a token for later payments.")
    saga.advance(change, "scheduleNextPayment")
    payment = _payment(subscription, period)
    payment.provider, payment.provider_account = account.provider, account
    payment.method = subscription.method
    charge = Change(payment, source=Source.SYSTEM, is_new=True, evidence=_EVIDENCE)
    key = idempotency_key(subscription, period.number, period.dunning_step)
    attempt = order_charge(charge, account, LATER_EVENT, key=key, data={}, leased=False)
    period.payment = payment
    # Parents first: the payment names the subscription, the period names the payment.
    charge.save()
    return attempt


def _ask_customer(change: SubscriptionChange, found: Plan, now: dt.datetime) -> Renewed:
    """Open the period's payment for its customer: in the checkout they may prove who they are, or pay otherwise."""
    subscription = change.subscription
    known = subscription.periods.get(number=found.period)
    period = open_period(change, found.period, due_on=known.due_on, amount=known.amount, step=known.dunning_step + 1)
    saga.advance(change, "scheduleNextPayment")
    payment = _payment(subscription, period)
    payment.in_checkout = True
    payment.expires_at = clock.now() + dt.timedelta(hours=settings.SUBSCRIPTION_AUTHENTICATION_HOURS)
    payment.checkout_ends_at = payment.expires_at
    opened = Change(payment, source=Source.SYSTEM, is_new=True, evidence=_EVIDENCE)
    payment_saga.create(opened)
    opened.save()
    period.payment = payment
    change.tell(
        Word.ACTION_REQUIRED,
        period=period.number,
        hubPaymentId=payment.public_id,
        shopTransactionId=payment.shop_transaction_id,
        amount=payment.amount,
        currency=payment.currency,
        declineReason=period.decline_reason or None,
    )
    return Renewed(found.step)


def _payment(subscription: Subscription, period: SubscriptionPeriod) -> Payment:
    return new_payment(
        subscription,
        period.number,
        period.amount,
        account=None,
        method="",
        shop_transaction_id=transaction_id(subscription, period.number),
    )


def _skip(change: SubscriptionChange, found: Plan) -> None:
    """Write down which periods nobody is charged for, so that nobody wonders."""
    subscription = change.subscription
    if not found.skipped:
        return
    change.new_periods += [
        SubscriptionPeriod(
            project_id=subscription.project_id,
            subscription=subscription,
            number=number,
            due_on=subscription.terms.date_of(number),
            amount=0,
            currency=subscription.currency,
            state=PeriodState.SKIPPED,
            decided_at=clock.now(),
        )
        for number in found.skipped
    ]
    change.tell(Word.PERIODS_SKIPPED, first=found.skipped[0], last=found.skipped[-1])


_STEPS: dict[Step, Callable[[SubscriptionChange, Plan, dt.datetime], Renewed]] = {
    Step.WAIT: _wait,
    Step.WATCH: _wait,
    Step.END: _end,
    Step.CHARGE: _charge,
    Step.RETRY: _retry,
    Step.ASK_CUSTOMER: _ask_customer,
    Step.GIVE_UP: _give_up,
}


def _stuck(subscription_id: uuid.UUID, problem: Exception) -> None:
    """Put what hinders a renewal before a person; it is tried again after an hour. Nothing was written or sent."""
    logger.error("a subscription cannot be renewed", extra={"cause": type(problem).__name__})
    with db.durable():
        subscription = locks.subscription(subscription_id)
        change = SubscriptionChange(subscription, source=Source.SYSTEM, evidence=_EVIDENCE)
        change.ask_operator(
            ItemKind.SUBSCRIPTION_STUCK,
            about=subscription.public_id,
            next_step="Mend what the problem names (the account, the machine); it is tried again each hour.",
            evidence={"problem": problem.message if isinstance(problem, HubError) else type(problem).__name__},
        )
        if subscription.next_due_at is not None:
            subscription.next_due_at = now_of(subscription) + dt.timedelta(hours=1)
        change.save()


def look_again_at(subscription_id: uuid.UUID) -> None:
    """Set anew when a subscription is looked at: after its terms, or its project's clock, were changed."""
    with db.durable():
        subscription = locks.subscription(subscription_id)
        look_again(subscription, now_of(subscription))
        subscription.save(update_fields=["next_due_at", "updated_at"])
