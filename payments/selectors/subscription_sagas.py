"""Subscriptions as the published product's collections show them: the saga's document, and a flat row for people."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from paymenthub.kernel import ids
from payments.models import Payment, Project, Subscription, SubscriptionTransition

from . import machines
from .keyset import Position
from .saga_history import history_from
from .sagas import saga_id_of

_BATCH = 500


@dataclass(frozen=True, slots=True)
class SubscriptionSaga:
    """A subscription with what its document needs beside it."""

    subscription: Subscription
    is_final: bool
    business_state: str
    history: dict[str, list[dict[str, Any]]]
    latest: SubscriptionTransition | None
    events: list[str]
    payments: list[Payment]

    @property
    def metadata(self) -> dict[str, Any]:
        """What is known of it in the saga's names; providerData is kept nowhere."""
        row = self.subscription
        return {
            "shopSubscriptionId": row.shop_subscription_id,
            "subscriptionToken": row.token or None,
            "transactions": [saga_id_of(payment) for payment in self.payments],
            "amount": row.amount,
            "currency": row.currency,
            "paymentMethod": row.method,
            "provider": row.provider,
            "interval": row.interval,
            "intervalCount": row.interval_count,
            "nextPaymentDate": moment_of(row, row.next_payment_on),
            "expirationDate": moment_of(row, row.ends_on),
            "expireRequested": row.expire_requested,
            "additionalData": row.additional_data | ({"buyer": row.buyer} if row.buyer else {}),
        }


def with_saga_id(project: Project, values: Sequence[str]) -> Q:
    """Match subscriptions by their ids."""
    return Q(pk__in=[key for value in values if (key := ids.parse_public_id(ids.SUBSCRIPTION, value)) is not None])


def matching(*, project: Project, mode: str, wanted: Q) -> QuerySet[Subscription]:
    """Return a project's subscriptions that a filter matches."""
    return Subscription.objects.filter(wanted, project=project, mode=mode)


def page(
    found: QuerySet[Subscription], *, order: Sequence[str], limit: int, skip: int = 0, before: Position | None = None
) -> list[Subscription]:
    """Return a page in the given order; a page from `before` on skips nothing."""
    if before is not None:
        found = found.filter(before.older())
    return list(found.order_by(*order)[skip : skip + limit])


def in_batches(found: QuerySet[Subscription]) -> Iterator[list[Subscription]]:
    """Read everything, newest first, a few hundred at a time, so that memory does not grow with the history."""
    position: Position | None = None
    while rows := page(found, order=("-created_at", "-id"), limit=_BATCH, before=position):
        yield rows
        position = Position(rows[-1].created_at, rows[-1].id)


def documents(subscriptions: Sequence[Subscription]) -> list[SubscriptionSaga]:
    """Return the sagas of subscriptions, in two queries however many they are."""
    keys = [row.id for row in subscriptions]
    taken: dict[UUID, list[SubscriptionTransition]] = defaultdict(list)
    steps = SubscriptionTransition.objects.filter(subscription_id__in=keys, unexpected=False)
    for step in steps.order_by("subscription_id", "number"):
        taken[step.subscription_id].append(step)
    payments = _payments_of(keys)
    return [_document(row, taken[row.id], payments[row.id]) for row in subscriptions]


def moment_of(subscription: Subscription, on: dt.date | None) -> str | None:
    """Write a day of a subscription as the moment at which it is due, in UTC; None for none."""
    if on is None:
        return None
    return subscription.terms.due_at(on).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _payments_of(keys: Iterable[UUID]) -> dict[UUID, list[Payment]]:
    found: dict[UUID, list[Payment]] = defaultdict(list)
    for payment in Payment.objects.filter(subscription_id__in=list(keys)).order_by("created_at", "id"):
        if payment.subscription_id is not None:
            found[payment.subscription_id].append(payment)
    return found


def _document(row: Subscription, steps: list[SubscriptionTransition], payments: list[Payment]) -> SubscriptionSaga:
    is_final, words = row.has_ended, ""
    with suppress(LookupError):  # a machine that is not installed any more: its words are gone, the subscription is not
        words = machines.machine(row.machine, row.machine_version).business_states.get(row.business_state, "")
    return SubscriptionSaga(
        subscription=row,
        is_final=is_final,
        business_state=words,
        history=history_from(row, steps),
        latest=steps[-1] if steps else None,
        events=[step.event for step in steps],
        payments=payments,
    )
