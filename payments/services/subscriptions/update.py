"""Update: another amount or rhythm, from the next period on."""

import datetime as dt
import uuid

from paymenthub.kernel import db
from paymenthub.kernel.errors import (
    Conflict,
    InvalidField,
    OperationInProgress,
    ProviderError,
    ProviderUnavailable,
    Unprocessable,
    WrongState,
)
from payments import locks
from payments.domain.subscription import RunBy, State, Word
from payments.domain.verdict import NoAnswer, Trouble
from payments.models import Subscription
from payments.saga import subscription as saga
from payments.saga.subscription import SubscriptionChange
from payments.services.ordering import By
from providers import registry
from providers.types import Interval, Operation, Outcome

from ._ask_psp import Wanted, ask_psp
from ._schedule import look_again, now_of, set_next_date
from .agree import check_interval


class Changed(Conflict):
    """Somebody else changed the subscription while its provider was being asked."""

    code, retryable = "changed_meanwhile", True


def update(
    subscription_id: uuid.UUID,
    *,
    amount: int | None = None,
    interval: Interval | None = None,
    interval_count: int | None = None,
    expires_after: int | None = None,
    ends_on: dt.date | None = None,
    by: By | None = None,
) -> Subscription:
    """Change what is charged from the next period on; None leaves a thing as it is. A period that is past due stays as it was.

    A new rhythm counts from the next payment's date, which stays. Where the PSP charges by itself it is asked first, and
    nothing changes here unless it said yes. Raises WrongState, OperationInProgress, InvalidField, Unprocessable,
    ProviderError, ProviderUnavailable, UnsupportedOperation or Changed.
    """
    by = by or By()
    known = Subscription.objects.select_related("project", "provider_account").get(pk=subscription_id)
    wanted = Wanted(
        amount=known.amount if amount is None else amount,
        interval=Interval(known.interval) if interval is None else interval,
        interval_count=known.interval_count if interval_count is None else interval_count,
        expires_after=known.expires_after if expires_after is None else expires_after,
        ends_on=known.ends_on if ends_on is None else ends_on,
    )
    _check(known, wanted)
    if known.run_by == RunBy.PROVIDER:
        _ask(known, wanted)

    def once() -> Subscription:
        with db.durable():
            subscription = locks.subscription(subscription_id)
            if subscription.updated_at != known.updated_at and known.run_by != RunBy.PROVIDER:
                raise Changed("This subscription was changed at this moment. Look at it, and try again.")
            _check(subscription, wanted)
            change = SubscriptionChange(subscription, by.source, evidence=by.evidence, actor=by.actor)
            changed = _apply(subscription, wanted, amount)
            saga.advance(change, "update")
            if subscription.state in (State.ACTIVE, State.PAYMENT_FAILED):
                look_again(subscription, now_of(subscription))
            change.tell(Word.CHANGED, changed=changed)
            change.save()
            return subscription

    return db.retry_serialization(once)


def _check(subscription: Subscription, wanted: Wanted) -> None:
    if subscription.has_ended:
        raise WrongState(f"This subscription cannot be changed: it is {subscription.state}.")
    if subscription.state == State.PAYMENT_PENDING and subscription.paid_until_period == 0:
        raise OperationInProgress("The first payment of this subscription is not decided yet.")
    # What the hub charges itself may have any rhythm; the provider's own bounds what the provider charges.
    driver = registry.get(subscription.provider) if subscription.run_by == RunBy.PROVIDER else None
    check_interval(wanted.interval, wanted.interval_count, driver)
    if wanted.amount < 1:
        raise Unprocessable("The amount of a subscription must be above 0.", param="amount")
    if wanted.expires_after is not None and wanted.expires_after < max(1, subscription.payments_made):
        raise InvalidField(
            f"{subscription.payments_made} payments are made already.", param="subscriptionInfo.expiresAfter"
        )


def _ask(subscription: Subscription, wanted: Wanted) -> None:
    """Have the PSP change what it runs; the same wish has the same key. Raises ProviderError or ProviderUnavailable."""
    said = f"{wanted.amount}-{wanted.interval.value}-{wanted.interval_count}-{wanted.expires_after}-{wanted.ends_on}"
    news = ask_psp(
        subscription, Operation.SUBSCRIPTION_UPDATE, key=f"update-{subscription.period}-{said}", wanted=wanted
    )
    if isinstance(news, NoAnswer):
        if news.trouble is Trouble.NOT_SENT:
            raise ProviderUnavailable("The provider could not be reached. Nothing was changed; try again.")
        if news.trouble is Trouble.UNKNOWN:
            raise ProviderError("The provider has not answered. Send the same change again: it is made once.")
        raise ProviderError("The provider refused this change.", details={"code": news.code})
    if news[0].outcome in (Outcome.DECLINED, Outcome.NOT_FOUND, Outcome.CANCELLED, Outcome.EXPIRED):
        raise ProviderError("The provider refused this change.")


def _apply(subscription: Subscription, wanted: Wanted, amount: int | None) -> list[str]:
    changed = []
    if amount is not None and amount != subscription.amount:
        if subscription.run_by == RunBy.PROVIDER:
            subscription.amount = amount
        else:
            subscription.pending_amount = amount
        changed.append("amount")
    elif amount is not None and subscription.pending_amount is not None:
        subscription.pending_amount = None
        changed.append("amount")
    if (wanted.interval, wanted.interval_count) != (subscription.interval, subscription.interval_count):
        _anchor_anew(subscription)
        subscription.interval, subscription.interval_count = wanted.interval, wanted.interval_count
        set_next_date(subscription)
        changed.append("interval")
    for name in ("expires_after", "ends_on"):
        if getattr(subscription, name) != getattr(wanted, name):
            setattr(subscription, name, getattr(wanted, name))
            changed.append({"expires_after": "expiresAfter", "ends_on": "expirationDate"}[name])
    return changed


def _anchor_anew(subscription: Subscription) -> None:
    """Count from the next payment's date, which is as agreed; the anchor's day of the month stays the one agreed."""
    if subscription.next_payment_on is not None:
        subscription.anchor_on = subscription.next_payment_on
        subscription.anchor_period = subscription.period + 1
