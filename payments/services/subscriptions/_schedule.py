"""When a subscription is looked at next; the caller holds its lock and saves it."""

import datetime as dt

from django.conf import settings

from payments.domain.renewal import Plan, Standing, Step, plan
from payments.domain.subscription import RunBy, State
from payments.models import Subscription, SubscriptionPeriod
from payments.selectors.project_clock import project_now
from providers.types import Hardness


def now_of(subscription: Subscription) -> dt.datetime:
    """Return the present moment where the subscription lives: a test project's clock may have been put forward."""
    return project_now(subscription.project, subscription.mode)


def standing_of(subscription: Subscription, period: SubscriptionPeriod | None = None) -> Standing:
    """Put a subscription into the words of the domain; `period` is its last one, where the caller has it."""
    if period is None and subscription.state == State.PAYMENT_FAILED:
        period = subscription.periods.filter(number=subscription.period).first()
    return Standing(
        state=State(subscription.state),
        run_by=RunBy(subscription.run_by),
        terms=subscription.terms,
        period=subscription.period,
        payments_made=subscription.payments_made,
        paused=subscription.paused_at is not None,
        expire_requested=subscription.expire_requested,
        next_on=subscription.next_payment_on,
        charged_on=subscription.charged_on,
        expires_after=subscription.expires_after,
        ends_on=subscription.ends_on,
        retry_at=None if period is None else period.retry_at,
        hardness=Hardness(period.hardness) if period is not None and period.hardness else Hardness.SOFT,
    )


def plan_for(subscription: Subscription, now: dt.datetime, period: SubscriptionPeriod | None = None) -> Plan:
    """Say what is to be done about a subscription at a moment."""
    return plan(standing_of(subscription, period), now, catch_up=settings.SUBSCRIPTION_MISSED == "catch_up")


def look_again(subscription: Subscription, now: dt.datetime, period: SubscriptionPeriod | None = None) -> None:
    """Set when a worker looks next: at once where there is something to be done already."""
    found = plan_for(subscription, now, period)
    subscription.next_due_at = found.at if found.step in (Step.WAIT, Step.WATCH) else now


def set_next_date(subscription: Subscription) -> None:
    """Set the date of the period after the last one; none where the calendar ends."""
    try:
        subscription.next_payment_on = subscription.terms.date_of(subscription.period + 1)
    except OverflowError:
        subscription.next_payment_on = None


def dunning_days() -> list[int]:
    """Return the days of the ladder."""
    return [int(day) for day in settings.SUBSCRIPTION_DUNNING_DAYS]
