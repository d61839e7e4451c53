"""Subscriptions as `/v1` shows them."""

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from paymenthub.kernel import ids
from payments.api.gateway.subscription_responses import PublishedStatus, SubscriptionToken
from payments.api.hub.objects import PaymentSummary
from payments.models import Subscription, SubscriptionPeriod, SubscriptionTransition
from payments.selectors.subscription_object import status_of
from payments.selectors.subscription_page_links import page_url

HubSubscriptionId = Annotated[
    str,
    Meta(description="Our id of the subscription, always there.", examples=["sub_0197a2c4d5e67f8091a2b3c4d5e6f70e"]),
]


class SubscriptionSummary(msgspec.Struct, rename="camel", kw_only=True):
    """A subscription in a list."""

    id: HubSubscriptionId
    subscription_token: SubscriptionToken
    shop_subscription_id: str
    shop_transaction_id: str
    provider: str
    method: str
    run_by: Annotated[
        Literal["provider", "hub", "shop"],
        Meta(description="Who decides when it is charged: `shop` asks for each payment."),
    ]
    status: PublishedStatus
    state: str
    amount: Annotated[int, Meta(description="What a period costs, in minor units.")]
    first_amount: int | None
    pending_amount: Annotated[int | None, Meta(description="What it will cost from the next period on.")]
    currency: str
    interval: Literal["DAY", "WEEK", "MONTH", "YEAR"]
    interval_count: int
    expires_after: int | None
    ends_on: Annotated[dt.date | None, Meta(description="Nothing is charged on this day or later.")]
    trial_end: dt.date | None
    next_payment_on: Annotated[dt.date | None, Meta(description="A day in `timezone`.")]
    timezone: str
    payments_made: int
    expire_requested: Annotated[bool, Meta(description="It ends on the day of the next renewal.")]
    paused: bool
    ended_at: dt.datetime | None
    end_reason: str
    created_at: dt.datetime
    updated_at: dt.datetime


class PeriodObject(msgspec.Struct, rename="camel", kw_only=True):
    """One period and its payment."""

    number: int
    due_on: dt.date
    amount: int
    currency: str
    state: Literal["open", "past_due", "paid", "failed", "skipped"]
    dunning_step: Annotated[int, Meta(description="Tries after the first one.")]
    hub_payment_id: str | None
    decline_reason: str
    decided_at: dt.datetime | None


class SubscriptionStep(msgspec.Struct, rename="camel", kw_only=True):
    """One step of the subscription: what happened, who said so, what proves it."""

    number: int
    at: dt.datetime
    event: str
    from_state: str
    to_state: str
    unexpected: bool
    source: str
    evidence: str
    actor: str


class SubscriptionDetail(SubscriptionSummary, kw_only=True):
    """A subscription with its latest periods and steps, newest first."""

    mode: Literal["test", "live"]
    provider_account: str | None
    description: str
    buyer: dict[str, Any]
    additional_data: dict[str, Any]
    customer_url: Annotated[str, Meta(description="The customer's own page. Whoever has the address may cancel there.")]
    periods: list[PeriodObject]
    timeline: list[SubscriptionStep]


class SubscriptionPage(msgspec.Struct, rename="camel", kw_only=True):
    """A page of subscriptions, newest first. `nextCursor` is null on the last one."""

    data: list[SubscriptionSummary]
    next_cursor: str | None


class PreviewedRenewal(msgspec.Struct, rename="camel", kw_only=True):
    """A payment that is to come."""

    number: int
    due_on: dt.date
    due_at: dt.datetime
    amount: int
    currency: str


class RenewalPreview(msgspec.Struct, rename="camel", kw_only=True):
    """The next renewals, as they stand now; fewer where it ends before."""

    data: list[PreviewedRenewal]


class SubscriptionPayments(msgspec.Struct, rename="camel", kw_only=True):
    """A page of a subscription's payments, newest first. `nextCursor` is null on the last one."""

    data: list[PaymentSummary]
    next_cursor: str | None


_MOST_ROWS = 200
"""How many periods and steps one answer shows, the newest."""


def summary(row: Subscription) -> SubscriptionSummary:
    """Show a subscription in a list."""
    return SubscriptionSummary(**_summary_fields(row))


def detail(row: Subscription) -> SubscriptionDetail:
    """Show a subscription with what belongs to it: one query for each kind of row."""
    account = row.provider_account
    return SubscriptionDetail(
        **_summary_fields(row),
        mode=row.mode,  # type: ignore[arg-type]
        provider_account=account.name if account is not None else None,
        description=row.description,
        buyer=row.buyer,
        additional_data=row.additional_data,
        customer_url=page_url(row),
        periods=[_period(period) for period in row.periods.order_by("-number")[:_MOST_ROWS]],
        timeline=[_step(step) for step in row.transitions.order_by("-number")[:_MOST_ROWS]],
    )


def _summary_fields(row: Subscription) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "subscription_token": row.token or row.public_id,
        "shop_subscription_id": row.shop_subscription_id,
        "shop_transaction_id": row.shop_transaction_id,
        "provider": row.provider,
        "method": row.method,
        "run_by": row.run_by,
        "status": status_of(row).value,
        "state": row.state,
        "amount": row.amount,
        "first_amount": row.first_amount,
        "pending_amount": row.pending_amount,
        "currency": row.currency,
        "interval": row.interval,
        "interval_count": row.interval_count,
        "expires_after": row.expires_after,
        "ends_on": row.ends_on,
        "trial_end": row.trial_end,
        "next_payment_on": None if row.has_ended else row.next_payment_on,
        "timezone": row.timezone,
        "payments_made": row.payments_made,
        "expire_requested": row.expire_requested,
        "paused": row.paused_at is not None,
        "ended_at": row.ended_at,
        "end_reason": row.end_reason,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _period(row: SubscriptionPeriod) -> PeriodObject:
    return PeriodObject(
        number=row.number,
        due_on=row.due_on,
        amount=row.amount,
        currency=row.currency,
        state=row.state,  # type: ignore[arg-type]
        dunning_step=row.dunning_step,
        hub_payment_id=ids.public_id(ids.PAYMENT, row.payment_id) if row.payment_id else None,
        decline_reason=row.decline_reason,
        decided_at=row.decided_at,
    )


def _step(row: SubscriptionTransition) -> SubscriptionStep:
    return SubscriptionStep(
        number=row.number,
        at=row.created_at,
        event=row.event,
        from_state=row.from_state,
        to_state=row.to_state,
        unexpected=row.unexpected,
        source=row.source,
        evidence=row.evidence,
        actor=row.actor,
    )
