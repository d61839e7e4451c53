"""What is to be done about a subscription now: pure facts in, one plan out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from providers.types import Hardness

from .subscription import EndReason, RunBy, State
from .subscription_terms import Terms


class Step(StrEnum):
    """WAIT: nothing, until `at`. WATCH: the PSP charges by itself, look how it stands there."""

    WAIT = "wait"
    END = "end"
    CHARGE = "charge"
    RETRY = "retry"
    ASK_CUSTOMER = "ask_customer"
    GIVE_UP = "give_up"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subscription stands. `next_on`: date of the next payment; `retry_at`, `hardness`: of the last decline."""

    state: State
    run_by: RunBy
    terms: Terms
    period: int
    payments_made: int
    paused: bool
    expire_requested: bool
    next_on: dt.date | None
    charged_on: dt.date | None
    expires_after: int | None
    ends_on: dt.date | None
    retry_at: dt.datetime | None = None
    hardness: Hardness = Hardness.SOFT


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. `period`: the one to charge; `skipped`: those that nobody will be charged for; `at`: when to look again."""

    step: Step
    at: dt.datetime | None = None
    reason: EndReason | None = None
    period: int = 0
    skipped: Sequence[int] = ()


NOTHING = Plan(Step.WAIT)
_WATCH_AGAIN = dt.timedelta(days=1)


def plan(standing: Standing, now: dt.datetime, *, catch_up: bool) -> Plan:
    """Say what is to be done at this moment. A payment on its way, or in doubt, always means to wait."""
    if standing.state is State.PAYMENT_FAILED:
        return _after_decline(standing, now)
    if standing.state is not State.ACTIVE:
        return NOTHING
    return _when_active(standing, now, catch_up=catch_up)


def _after_decline(standing: Standing, now: dt.datetime) -> Plan:
    if standing.expire_requested:
        return Plan(Step.END, reason=EndReason.REQUEST)
    if standing.retry_at is None or standing.run_by is not RunBy.HUB:
        return NOTHING
    if standing.retry_at > now:
        return Plan(Step.WAIT, at=standing.retry_at)
    step = {
        Hardness.SOFT: Step.RETRY,
        Hardness.NEEDS_CUSTOMER: Step.ASK_CUSTOMER,
        Hardness.HARD: Step.GIVE_UP,
    }[standing.hardness]
    return Plan(step, period=standing.period)


def _when_active(standing: Standing, now: dt.datetime, *, catch_up: bool) -> Plan:
    terms, today = standing.terms, standing.terms.today(now)
    if standing.ends_on is not None and terms.due_at(standing.ends_on) <= now:
        return Plan(Step.END, reason=EndReason.DATE)
    if standing.next_on is None:
        return NOTHING
    due = terms.due_at(standing.next_on)
    if due > now:
        return Plan(Step.WAIT, at=_wake(standing, due))
    if standing.expire_requested:
        return Plan(Step.END, reason=EndReason.REQUEST)
    if standing.expires_after is not None and standing.payments_made >= standing.expires_after:
        return Plan(Step.END, reason=EndReason.COUNT)
    if standing.paused or standing.run_by is RunBy.SHOP:
        return Plan(Step.WAIT, at=_end_of(standing))
    if standing.run_by is RunBy.PROVIDER:
        return Plan(Step.WATCH, at=now + _WATCH_AGAIN)
    if standing.charged_on is not None and standing.charged_on >= today:
        # At most one charge a day, whatever was missed.
        return Plan(Step.WAIT, at=terms.due_at(standing.charged_on + dt.timedelta(days=1)))
    first = standing.period + 1
    current = first if catch_up else max(first, _current(terms, now))
    return Plan(Step.CHARGE, period=current, skipped=range(first, current))


def _current(terms: Terms, now: dt.datetime) -> int:
    """Return the last period that has begun to the minute, not only to the day."""
    latest = terms.latest(terms.today(now))
    return latest if terms.due_at(terms.date_of(latest)) <= now else latest - 1


def _wake(standing: Standing, due: dt.datetime) -> dt.datetime | None:
    """Say when to look again at what is due at a moment; the order system's own subscriptions only to end."""
    if standing.run_by is RunBy.SHOP and not standing.expire_requested and standing.expires_after is None:
        return _end_of(standing)
    if standing.paused and not standing.expire_requested:
        return _end_of(standing)
    end = _end_of(standing)
    return due if end is None else min(due, end)


def _end_of(standing: Standing) -> dt.datetime | None:
    return None if standing.ends_on is None else standing.terms.due_at(standing.ends_on)
