"""Subscriptions as `/v1` shows them."""

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from payments.api.gateway.subscription_responses import PublishedStatus, SubscriptionToken
from payments.api.hub.objects import PaymentSummary
from payments.models import Subscription, SubscriptionPeriod, SubscriptionTransition
from payments.selectors.subscriptions import status_of

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
        Literal["provider", "hub", "shop"], Meta(description="Who decides when it is charged: `shop` asks for each payment.")
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
