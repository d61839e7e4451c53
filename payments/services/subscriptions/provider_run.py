"""What a PSP does by itself with a subscription that it runs: each charge becomes a payment once, each end is noted.

News comes by notification or by asking, in any order and more than once. The PSP's own id of a charge decides: the
attempt that stands for it has a key made of it, which an account can have only once.
"""

import datetime as dt
import logging
import uuid
from dataclasses import dataclass

from django.db import IntegrityError

from paymenthub.kernel import db
from payments import locks
from payments.attempts import requests
from payments.domain.attempt import BY_THE_PSP, ENDED_WITHOUT_SUCCESS, UNDECIDED, AttemptKind, AttemptState, ItemKind
from payments.domain.subscription import EndReason, PeriodState, RunBy
from payments.domain.verdict import NoAnswer
from payments.models import Attempt, ProviderAccount, PspReference, Source, Subscription, SubscriptionPeriod
from payments.saga import advance as payment_saga
from payments.saga import commands
from payments.saga import subscription as saga
from payments.saga.change import Change
from payments.saga.subscription import SubscriptionChange
from payments.selectors.attempts import match, paying_attempt
from payments.services.ordering import constraint_of
from payments.verdicts.apply import Told, apply
from providers.types import (
    Operation,
    Outcome,
    Subject,
    SubscriptionCharge,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)

from ._ask_psp import ask_psp
from ._charge import account_of, new_payment, open_period, transaction_id
from ._schedule import look_again, now_of
from .ending import end

logger = logging.getLogger(__name__)

_LOOKED = Told(Source.SYSTEM, "subscription")
_PAID = (Outcome.SUCCEEDED, Outcome.AUTHORIZED)
_WRITTEN_TWICE = ("attempt_idempotency_key", "payment_claims_shop_transaction", "payment_of_subscription_period")


def of_token(account: ProviderAccount, token: str) -> Subscription | None:
    """Find the subscription that an account's PSP knows by a token; the latest where it was used again."""
    if not token:
        return None
    known = Subscription.objects.filter(provider_account=account, token=token)
    return known.select_related("project", "provider_account").order_by("-created_at").first()


@dataclass(frozen=True, slots=True)
class Taken:
    """News that belonged to a subscription here; `is_believed` is False where its PSP must be asked first and was not."""

    payment_id: uuid.UUID | None
    is_believed: bool = True


def take_in(account: ProviderAccount, verdict: Verdict, told: Told, *, ask_first: bool) -> Taken | None:
    """Take in what a PSP tells of a subscription, or of a charge that it made for one; None where it is nobody's here.

    `ask_first`: what it says is only a hint, and the PSP is asked how things stand.
    """
    token = verdict.charge.token if verdict.charge else verdict.subscription.token if verdict.subscription else ""
    subscription = of_token(account, token)
    is_charge = verdict.subject is Subject.PAYMENT and verdict.charge is not None
    if subscription is None or not (is_charge or verdict.subject is Subject.SUBSCRIPTION):
        return None
    if ask_first:
        payment = subscription.payments.order_by("created_at").last()
        return Taken(None if payment is None else payment.id, is_believed=look(subscription.id, told=told))
    if is_charge:
        return Taken(record_provider_charge(subscription.id, verdict, told=told))
    if verdict.subscription is not None:
        record_provider_state(subscription.id, verdict.subscription, told=told)
    return Taken(None)


def record_provider_charge(subscription_id: uuid.UUID, verdict: Verdict, *, told: Told) -> uuid.UUID | None:
    """Make the payment of a charge once, by the PSP's id of it, and apply how it went; return the payment's id.

    None for one whose amount is not named. Safe to call with the same news at the same moment, and again.
    """
    if verdict.charge is None or verdict.money is None:
        return None
    for _ in range(2):
        try:
            attempt = db.retry_serialization(lambda: _attempt_for(subscription_id, verdict, told))
            break
        except IntegrityError as error:
            # Somebody else wrote it down at this moment: the second look finds it.
            if constraint_of(error) not in _WRITTEN_TWICE:
                raise
    else:
        return None
    apply(payment_id=attempt.payment_id, attempt_id=attempt.id, news=verdict, told=told)
    return attempt.payment_id


def record_provider_state(subscription_id: uuid.UUID, said: SubscriptionState, *, told: Told) -> None:
    """Note that the PSP has ended what it runs. How its payments went is told by their own verdicts."""
    with db.durable():
        subscription = locks.subscription(subscription_id)
        over = said.status in (SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED)
        if subscription.run_by != RunBy.PROVIDER or subscription.has_ended or not over:
            return
        if subscription.expire_requested:
            return  # as we asked: here it goes on until what is paid is over
        change = SubscriptionChange(subscription, told.source, evidence=told.evidence, actor=told.actor)
        counted = subscription.expires_after is not None and subscription.payments_made >= subscription.expires_after
        reason = EndReason.PROVIDER
        if said.status is SubscriptionStatus.EXPIRED:
            reason = EndReason.COUNT if counted else EndReason.DATE
        elif subscription.dunning_step or subscription.state == "PAYMENT_FAILED":
            reason = EndReason.DUNNING
        end(change, reason, at=now_of(subscription), psp_knows=True)
        change.save()


def look(subscription_id: uuid.UUID, *, told: Told = _LOOKED) -> bool:
    """Ask the PSP how what it runs stands, and take in its charges; False where it did not answer."""
    subscription = Subscription.objects.select_related("provider_account", "project").get(pk=subscription_id)
    account = subscription.provider_account
    if account is None or not subscription.token:
        return False
    news = ask_psp(subscription, Operation.SUBSCRIPTION_FETCH, key="fetch")
    if isinstance(news, NoAnswer):
        return False
    for verdict in news[1:]:
        if verdict.charge is not None:
            record_provider_charge(subscription_id, verdict, told=told)
    if news[0].subscription is not None:
        record_provider_state(subscription_id, news[0].subscription, told=told)
    return True


def _attempt_for(subscription_id: uuid.UUID, verdict: Verdict, told: Told) -> Attempt:
    """Return the attempt that stands for a charge, made now where it is new, under the subscription's lock."""
    charge = verdict.charge
    assert charge is not None and verdict.money is not None, "looked at by the caller"  # noqa: S101, PT018 - types
    with db.durable():
        subscription = locks.subscription(subscription_id)
        account = account_of(subscription)
        tries = Attempt.objects.filter(provider_account=account, idempotency_key__startswith=_key(charge))
        named = tries.filter(references__value__in=[found.value for found in verdict.references])
        known = named.first() or tries.order_by("created_at", "id").last()
        known = known or match(account, verdict) or _first_undecided(subscription, charge)
        if known is not None and not _is_another_try(known, verdict):
            return known
        change = SubscriptionChange(subscription, told.source, evidence=told.evidence)
        number, known_period = _period_of(subscription, charge)
        due_on = _due_on(subscription, charge, number)
        step = known_period.dunning_step + 1 if known_period else 0
        period = open_period(change, number, due_on=due_on, amount=verdict.money.amount, step=step)
        if not subscription.has_ended and subscription.state != "PAYMENT_PENDING":
            saga.advance(change, "scheduleNextPayment")
        payment = new_payment(
            subscription,
            number,
            verdict.money.amount,
            account=account,
            method=subscription.method,
            shop_transaction_id=transaction_id(subscription, number),
        )
        payment.currency = verdict.money.currency
        written = Change(payment, source=told.source, is_new=True, evidence=told.evidence)
        payment_saga.create(written)
        key = _key(charge) if known is None else f"{_key(charge)}{tries.count()}"
        attempt = _write_attempt(written, account, subscription, verdict, key)
        if verdict.money != subscription.money:
            change.ask_operator(
                ItemKind.AMOUNT_MISMATCH,
                about=payment.public_id,
                payment=payment,
                next_step="The provider charged another amount than was agreed. Compare with the provider.",
                evidence={"charged": verdict.money.amount, "agreed": subscription.amount},
            )
        period.payment = payment
        written.save()
        change.save()
        return attempt


def _write_attempt(
    written: Change, account: ProviderAccount, subscription: Subscription, verdict: Verdict, key: str
) -> Attempt:
    """Write the attempt of what the PSP did by itself: it waits for the verdict, and is asked about like any other."""
    assert verdict.money is not None, "looked at by the caller"  # noqa: S101 - types
    order = commands.Order(account=account, money=verdict.money, method=subscription.method, idempotency_key=key)
    attempt = commands.write_attempt(written, AttemptKind.SUBSCRIPTION_PAY, order)
    attempt.state = AttemptState.PENDING
    attempt.request_digest = requests.digest(requests.subscription_request(written.payment, attempt, account, {}))
    written.payment.provider_payment_id = next((found.value for found in verdict.references), "")
    written.references += [
        PspReference(
            project_id=attempt.project_id,
            provider_account=account,
            payment=written.payment,
            attempt=attempt,
            kind=found.kind,
            value=found.value,
        )
        for found in verdict.references
        if found.value
    ]
    return attempt


def _is_another_try(known: Attempt, verdict: Verdict) -> bool:
    """Tell whether a charge that was declined has gone well by another payment at the PSP; by the same one, that has."""
    if known.state not in ENDED_WITHOUT_SUCCESS or verdict.outcome not in _PAID:
        return False
    named = {found.value for found in verdict.references}
    return not known.references.filter(value__in=named).exists()


def _key(charge: SubscriptionCharge) -> str:
    """Name a charge, its length told so that none begins like another; further tries of it have a number behind."""
    return f"{BY_THE_PSP}{len(charge.charge_id)}-{charge.charge_id}"[:120] + "."


def _first_undecided(subscription: Subscription, charge: SubscriptionCharge) -> Attempt | None:
    """Return the attempt of the first payment, which the hub itself asked for, while nobody knows how it went."""
    if charge.sequence > 1 or subscription.paid_until_period:
        return None
    payment = subscription.payments.filter(subscription_period=1).first()
    attempt = None if payment is None else paying_attempt(payment.id)
    return attempt if attempt is not None and attempt.state in UNDECIDED else None


def _period_of(subscription: Subscription, charge: SubscriptionCharge) -> tuple[int, SubscriptionPeriod | None]:
    """Say which period a new charge pays: the one that is past due, else the next."""
    past_due = subscription.periods.filter(number=subscription.period, state=PeriodState.PAST_DUE).first()
    if past_due is not None and charge.sequence in (0, past_due.number):
        return past_due.number, past_due
    return max(subscription.period + 1, charge.sequence), None


def _due_on(subscription: Subscription, charge: SubscriptionCharge, number: int) -> dt.date:
    if charge.due_at is not None:
        return subscription.terms.today(charge.due_at)
    return subscription.terms.date_of(number)


def watch(subscription_id: uuid.UUID) -> None:
    """Look at what a PSP should have charged by now, and set when to look again."""
    look(subscription_id)
    with db.durable():
        subscription = locks.subscription(subscription_id)
        look_again(subscription, now_of(subscription))
        subscription.save(update_fields=["next_due_at", "updated_at"])
