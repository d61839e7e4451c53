"""The renewals that a subscription has before it, as it stands now."""

import datetime as dt
from dataclasses import dataclass

from payments.models import Subscription


@dataclass(frozen=True, slots=True)
class Renewal:
    """A payment to come; `due_on` is a day in the subscription's zone, `due_at` its moment."""

    number: int
    due_on: dt.date
    due_at: dt.datetime
    amount: int


def preview(subscription: Subscription, count: int) -> list[Renewal]:
    """List the next `count` renewals; fewer where it ends before, none while it is paused, ending, or charged by the shop."""
    if subscription.has_ended or subscription.expire_requested or subscription.paused_at is not None:
        return []
    if subscription.next_payment_on is None:
        return []
    left = count
    if subscription.expires_after is not None:
        left = min(left, subscription.expires_after - subscription.payments_made)
    amount = subscription.amount if subscription.pending_amount is None else subscription.pending_amount
    terms, found = subscription.terms, []
    # After an outage the number is ahead of the last period: the next date says which one it is.
    first = max(subscription.period + 1, terms.latest(subscription.next_payment_on))
    for number in range(first, first + max(0, left)):
        try:
            due_on = terms.date_of(number)
        except OverflowError:
            break
        if subscription.ends_on is not None and due_on >= subscription.ends_on:
            break
        found.append(Renewal(number, due_on, terms.due_at(due_on), amount))
    return found
