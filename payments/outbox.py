"""Events that must leave the hub: written in the transaction of the change that they tell of, sent after it."""

from collections.abc import Callable, Sequence
from typing import Any

from paymenthub.kernel import clock

from .models import OutboxEvent, Payment, Subscription


def event(payment: Payment, *, type: str, body: dict[str, Any]) -> OutboxEvent:
    """Make the next event of a payment; the caller holds the payment's lock and saves both rows."""
    payment.sequence += 1
    return OutboxEvent(
        project_id=payment.project_id,
        payment=payment,
        mode=payment.mode,
        sequence=payment.sequence,
        type=type,
        body=body,
        created_at=clock.now(),
    )


def subscription_event(subscription: Subscription, *, type: str, body: dict[str, Any]) -> OutboxEvent:
    """Make the next event of a subscription; the caller holds its lock and saves both rows."""
    subscription.sequence += 1
    return OutboxEvent(
        project_id=subscription.project_id,
        subscription=subscription,
        mode=subscription.mode,
        sequence=subscription.sequence,
        type=type,
        body=body,
        created_at=clock.now(),
    )


Subscriber = Callable[[Sequence[OutboxEvent]], None]

_subscribers: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> None:
    """Call `subscriber` with every batch of events, in the transaction that marks them published.

    For what stands above (mails, invoices): it registers from `AppConfig.ready()` and writes rows of its own. A batch
    may come again, so such rows are unique by event. An error undoes the batch and holds up everybody's callbacks: do
    no more here than to insert rows that say «this is to be done», and think about them in a task.
    """
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)


def tell_subscribers(events: Sequence[OutboxEvent]) -> None:
    """Tell everybody who subscribed of events that are being published."""
    for subscriber in _subscribers:
        subscriber(events)
