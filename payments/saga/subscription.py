"""The only writer of a subscription's state: asks the machine, writes the transition and who is to be told.

The caller holds the subscription's lock, or has just made it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max

from payments import outbox
from payments.domain.attempt import ItemKind
from payments.domain.machine import Decision, Machine, decide
from payments.domain.subscription import Word
from payments.models import (
    OperatorItem,
    OutboxEvent,
    Payment,
    Source,
    Subscription,
    SubscriptionPeriod,
    SubscriptionTransition,
)
from payments.selectors.subscription_object import subscription_object

from . import loader

MACHINE = "subscription"


@dataclass
class SubscriptionChange:
    """A change to a subscription. Nothing is written before `save`."""

    subscription: Subscription
    source: Source
    is_new: bool = False
    evidence: str = ""
    actor: str = ""
    transitions: list[SubscriptionTransition] = field(default_factory=list)
    new_periods: list[SubscriptionPeriod] = field(default_factory=list)
    changed_periods: list[SubscriptionPeriod] = field(default_factory=list)
    events: list[OutboxEvent] = field(default_factory=list)
    items: list[OperatorItem] = field(default_factory=list)
    _last_number: int | None = None

    def next_number(self) -> int:
        """Number the next transition; gapless, under the lock."""
        if self._last_number is None:
            known = None if self.is_new else self.subscription.transitions.aggregate(last=Max("number"))["last"]
            self._last_number = known or 0
        self._last_number += 1
        return self._last_number

    def tell(self, word: Word, **facts: Any) -> None:
        """Tell the order system how the subscription stands from here on, and why."""
        body = subscription_object(self.subscription) | {"metadata": facts}
        self.events.append(outbox.subscription_event(self.subscription, type=word.value, body=body))

    def ask_operator(
        self, kind: ItemKind, *, about: str, next_step: str, evidence: Mapping[str, Any], payment: Payment | None = None
    ) -> None:
        """Put something before a person, open once."""
        self.items.append(
            OperatorItem(
                project_id=self.subscription.project_id,
                payment=payment,
                kind=kind,
                about=about,
                next_step=next_step,
                evidence={"subscription": self.subscription.public_id, **evidence},
            )
        )

    def save(self) -> None:
        """Write everything, parents first; the caller's transaction makes it one."""
        self.subscription.save(force_insert=self.is_new)
        SubscriptionPeriod.objects.bulk_create(self.new_periods)
        for period in self.changed_periods:
            period.save()
        SubscriptionTransition.objects.bulk_create(self.transitions)
        OutboxEvent.objects.bulk_create(self.events)
        OperatorItem.objects.bulk_create(self.items, ignore_conflicts=True)


def create(change: SubscriptionChange) -> None:
    """Put a new subscription into the machine's first state."""
    subscription, machine = change.subscription, loader.newest(MACHINE)
    subscription.machine, subscription.machine_version = machine.name, machine.version
    subscription.state = machine.initial_state
    subscription.business_state = machine.state(machine.initial_state).business_state
    _record(change, machine.creation_event, from_state="", business_event=None)


def machine_of(subscription: Subscription) -> Machine:
    """Return the machine that a subscription began with."""
    return loader.machine(subscription.machine, subscription.machine_version)


def advance(change: SubscriptionChange, *events: str) -> bool:
    """Feed the saga these events one after the other; one without a way is recorded as unexpected and ends it.

    Tells whether all were taken.
    """
    return all(_advance(change, event) for event in events)


def payment_came(change: SubscriptionChange, event: str) -> bool:
    """Feed how a payment went, by way of the pending state where the saga is not in it."""
    ways: Mapping[str, Sequence[str]] = {
        "CREATED": ("start",),
        "ACTIVE": ("scheduleNextPayment",),
        "PAYMENT_FAILED": ("scheduleNextPayment",),
    }
    return advance(change, *ways.get(change.subscription.state, ()), event)


def _advance(change: SubscriptionChange, event: str) -> bool:
    subscription = change.subscription
    decision = decide(machine_of(subscription), subscription.state, event)
    if not isinstance(decision, Decision):
        _record(change, event, from_state=subscription.state, business_event=None, unexpected=True)
        return False
    subscription.state = decision.to_state
    subscription.business_state = decision.business_state_id
    _record(change, event, from_state=decision.from_state, business_event=decision.business_event_id)
    return True


def _record(
    change: SubscriptionChange, event: str, *, from_state: str, business_event: int | None, unexpected: bool = False
) -> None:
    subscription = change.subscription
    change.transitions.append(
        SubscriptionTransition(
            project_id=subscription.project_id,
            subscription=subscription,
            number=change.next_number(),
            event=event,
            from_state=from_state,
            to_state=subscription.state,
            business_state=subscription.business_state,
            business_event=business_event,
            unexpected=unexpected,
            source=change.source,
            evidence=change.evidence[:255],
            actor=change.actor,
        )
    )
