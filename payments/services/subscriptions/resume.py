"""Resume: charge again from the next date on; the dates during the pause are nobody's debt."""

import uuid

from paymenthub.kernel import clock, db
from payments import locks
from payments.domain.subscription import PeriodState, Word
from payments.models import Subscription, SubscriptionPeriod
from payments.saga import subscription as saga
from payments.saga.subscription import SubscriptionChange
from payments.services.ordering import By

from ._schedule import look_again, now_of, set_next_date


def resume(subscription_id: uuid.UUID, *, by: By | None = None) -> Subscription:
    """Go on with the first date that is not over; nothing where it is not paused. Safe to repeat."""
    by = by or By()
    with db.durable():
        subscription = locks.subscription(subscription_id)
        if subscription.paused_at is None or subscription.has_ended:
            return subscription
        change = SubscriptionChange(subscription, by.source, evidence=by.evidence, actor=by.actor)
        subscription.paused_at = None
        now = now_of(subscription)
        _pass_over(change)
        set_next_date(subscription)
        saga.advance(change, "update")
        look_again(subscription, now)
        change.tell(Word.RESUMED)
        change.save()
        return subscription


def _pass_over(change: SubscriptionChange) -> None:
    """Write the periods down whose dates are over, today's not among them."""
    subscription = change.subscription
    terms = subscription.terms
    today = terms.today(now_of(subscription))
    latest = terms.latest(today)
    if terms.date_of(latest) == today:
        latest -= 1
    change.new_periods += [
        SubscriptionPeriod(
            project_id=subscription.project_id,
            subscription=subscription,
            number=number,
            due_on=terms.date_of(number),
            amount=0,
            currency=subscription.currency,
            state=PeriodState.SKIPPED,
            decided_at=clock.now(),
        )
        for number in range(subscription.period + 1, latest + 1)
    ]
    subscription.period = max(subscription.period, latest)
