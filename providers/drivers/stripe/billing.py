"""What Stripe says of subscriptions and their invoices, as verdicts. Readers raise as those of `mapping` do.

Newer versions of the API have moved fields: an invoice names its subscription and its intent in objects of their own,
and a subscription's period lies with its item. Webhook endpoints may speak an older one, so both places are read.
"""

from dataclasses import dataclass
from typing import Any

import stripe

from paymenthub.kernel.money import Money
from providers.types import (
    SUBSCRIPTION_OUTCOMES,
    Decline,
    DeclineReason,
    Outcome,
    Reference,
    Subject,
    SubscriptionCharge,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)

from . import amounts, mapping, statuses


@dataclass(frozen=True, slots=True)
class Terms:
    """What a subscription charges, and by which item."""

    item: str
    product: str
    money: Money
    interval: str
    interval_count: int
    period_end: int | None


def terms(thing: stripe.Subscription) -> Terms:
    """Read what a subscription charges."""
    items = thing["items"].data
    if not items:
        raise ValueError("a subscription to nothing")
    item = items[0]
    price = item.price
    quantity = int(getattr(item, "quantity", None) or 1)
    end = getattr(item, "current_period_end", None) or getattr(thing, "current_period_end", None)
    each = amounts.decode(price.unit_amount, price.currency)
    return Terms(
        item=mapping.named("item", item).value,
        product=mapping.id_of(price.product),
        money=Money(each.amount * quantity, each.currency),
        interval=str(price.recurring.interval).upper(),
        interval_count=int(price.recurring.interval_count),
        period_end=end if isinstance(end, int) else None,
    )


def subscription(thing: stripe.Subscription) -> Verdict:
    """Read a subscription."""
    word = str(thing.status)
    own = mapping.named("subscription", thing)
    known = terms(thing)
    status = statuses.SUBSCRIPTION.get(word, SubscriptionStatus.UNKNOWN)
    at_end = getattr(thing, "cancel_at_period_end", None) is True
    ends = getattr(thing, "cancel_at", None)
    ended = getattr(thing, "ended_at", None)
    if status is SubscriptionStatus.CANCELED and not at_end and isinstance(ends, int) and isinstance(ended, int):
        status = SubscriptionStatus.EXPIRED if ended >= ends else status  # its end was agreed before
    over = status in (SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED)
    return Verdict(
        subject=Subject.SUBSCRIPTION,
        outcome=SUBSCRIPTION_OUTCOMES[status],
        references=(own,),
        live=mapping.live_of(thing),
        occurred_at=mapping.time_of(getattr(thing, "created", None)),
        raw_status=word,
        subscription=SubscriptionState(
            token=own.value,
            status=status,
            next_charge_at=None if over or at_end else mapping.time_of(known.period_end),
            money=known.money,
            interval=known.interval,
            interval_count=known.interval_count,
            ends_at=mapping.time_of(ends),
            cancel_at_period_end=at_end,
        ),
    )


def invoice(thing: stripe.Invoice, decline: Decline | None = None) -> Verdict:
    """Read an invoice as the payment that it is for a subscription; `decline` is why its last try failed."""
    word = str(thing.status)
    own = mapping.named("invoice", thing)
    outcome = statuses.INVOICE.get(word, Outcome.PENDING)
    if word == "open" and thing.attempted is True:
        outcome = Outcome.DECLINED
    paid = outcome is Outcome.SUCCEEDED
    token = subscription_of(thing)
    intent_id = intent_of(thing)
    return Verdict(
        subject=Subject.PAYMENT,
        outcome=outcome,
        money=amounts.decode(thing.amount_paid if paid else thing.amount_due, thing.currency),
        cumulative=True,
        references=(own, *((Reference("intent", intent_id),) if intent_id else ())),
        live=mapping.live_of(thing),
        decline=(decline or Decline(DeclineReason.OTHER)) if outcome is Outcome.DECLINED else None,
        occurred_at=mapping.time_of(getattr(thing, "created", None)),
        raw_status=word,
        charge=SubscriptionCharge(token, own.value, due_at=_period_start(thing)) if token else None,
    )


def subscription_of(thing: stripe.Invoice) -> str:
    """Name the subscription of an invoice; empty where it has none."""
    details = getattr(getattr(thing, "parent", None), "subscription_details", None)
    return mapping.id_of(getattr(details, "subscription", None)) or mapping.id_of(getattr(thing, "subscription", None))


def intent_of(thing: stripe.Invoice) -> str:
    """Name the intent of an invoice's payment, the one that succeeded before one that did not; empty where none is told."""
    listed = getattr(getattr(thing, "payments", None), "data", None) or []
    tried: list[Any] = sorted(listed, key=lambda each: getattr(each, "status", "") != "paid")
    found = [mapping.id_of(getattr(getattr(each, "payment", None), "payment_intent", None)) for each in tried]
    return next((each for each in found if each), "") or mapping.id_of(getattr(thing, "payment_intent", None))


def _period_start(thing: stripe.Invoice) -> Any:
    lines = getattr(getattr(thing, "lines", None), "data", None) or []
    starts = [getattr(getattr(line, "period", None), "start", None) for line in lines]
    known = [start for start in starts if isinstance(start, int)]
    return mapping.time_of(max(known) if known else getattr(thing, "created", None))
