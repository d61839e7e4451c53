"""The renewals to come, as they stand now."""

import datetime as dt
from dataclasses import dataclass

from payments.models import Subscription


@dataclass(frozen=True, slots=True)
class Renewal:
    """One renewal to come: `due_on` is a date of the subscription's zone, `due_at` its moment; minor units."""

    number: int
    due_on: dt.date
    due_at: dt.datetime
    amount: int


def preview(subscription: Subscription, count: int) -> list[Renewal]:
    """Return at most `count` of the next renewals; fewer where it ends before, none where it is paused or ends anyway."""
    if subscription.has_ended or subscription.paused_at is not None or subscription.expire_requested:
        return []
    left = count
    if subscription.expires_after is not None:
        first = subscription.period == 0 and (subscription.first_amount is None or subscription.first_amount > 0)
        left = min(count, subscription.expires_after - subscription.payments_made - (1 if first else 0))
    found: list[Renewal] = []
    amount = subscription.amount if subscription.pending_amount is None else subscription.pending_amount
    number = max(subscription.period, 1)
    while len(found) < left:
        number += 1
        try:
            on = subscription.terms.date_of(number)
            due_at = subscription.terms.due_at(on)
        except OverflowError:
            break
        if subscription.ends_on is not None and on >= subscription.ends_on:
            break
        found.append(Renewal(number, on, due_at, amount))
    return found
