"""Find the subscription that an order system speaks of, and list subscriptions page by page."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from paymenthub.kernel import ids
from paymenthub.kernel.errors import Conflict, NotFound
from payments.domain.subscription import EndReason, State
from payments.models import Payment, Project, Subscription
from providers.types import SubscriptionStatus as Status

from .keyset import Position

_ENDED_BY_SOMEBODY = (EndReason.REQUEST, EndReason.DUNNING, EndReason.FIRST_PAYMENT)
_FIRST, _DUNNING = Q(paid_until_period=0), Q(dunning_step__gt=0)
_STATUS: dict[Status, Q] = {
    Status.PENDING: Q(state=State.CREATED) | (Q(state=State.PAYMENT_PENDING) & _FIRST),
    Status.ACTIVE: Q(state=State.ACTIVE) | (Q(state=State.PAYMENT_PENDING) & ~_FIRST & ~_DUNNING),
    Status.PAST_DUE: Q(state=State.PAYMENT_FAILED) | (Q(state=State.PAYMENT_PENDING) & ~_FIRST & _DUNNING),
    Status.EXPIRED: Q(state=State.EXPIRED) & ~Q(end_reason__in=_ENDED_BY_SOMEBODY),
    Status.CANCELED: Q(state=State.ABORTED) | Q(state=State.EXPIRED, end_reason__in=_ENDED_BY_SOMEBODY),
}
"""The same words as `subscription_object.status_of`, which a test holds against each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFilter:
    """Which subscriptions of a project and mode are meant. Times: from inclusive, to exclusive."""

    shop_subscription_id: str | None = None
    state: str | None = None
    status: Status | None = None
    provider: str | None = None
    method: str | None = None
    created_from: dt.datetime | None = None
    created_to: dt.datetime | None = None


def find(*, project: Project, mode: str, wire_id: str, provider: str | None = None) -> Subscription:
    """Find a subscription by our id (`sub_…`) or the provider's token, inside one project and mode.

    Raises NotFound for anybody else's, and for one at another provider than a given one; Conflict where two have one token.
    """
    mine = Subscription.objects.select_related("project", "provider_account").filter(project=project, mode=mode)
    if provider is not None:
        mine = mine.filter(provider=provider)
    ours = ids.parse_public_id(ids.SUBSCRIPTION, wire_id)
    if ours is not None:
        found = mine.filter(pk=ours).first()
        if found is not None:
            return found
    named = list(mine.filter(token=wire_id)[:2]) if wire_id else []
    if not named:
        raise NotFound("There is no such subscription.", param="subscriptionToken")
    if len(named) > 1:
        raise Conflict("Several subscriptions have this token; ask by the `sub_…` id.", param="subscriptionToken")
    return named[0]


def of_payment(payment: Payment) -> Subscription:
    """Return a payment's subscription as it stands now. Raises NotFound for a payment without one."""
    found = Subscription.objects.filter(pk=payment.subscription_id).first() if payment.subscription_id else None
    if found is None:
        raise NotFound("This payment belongs to no subscription.", param="shopTransactionId")
    return found


def page(
    *, project: Project, mode: str, wanted: SubscriptionFilter, limit: int, before: Position | None = None
) -> list[Subscription]:
    """List subscriptions, newest first, from after `before` on."""
    found = _matching(Subscription.objects.filter(project=project, mode=mode), wanted)
    if before is not None:
        found = found.filter(before.older())
    return list(found.order_by("-created_at", "-id")[:limit])


def payments_of(subscription_id: uuid.UUID, *, limit: int, before: Position | None = None) -> list[Payment]:
    """List a subscription's payments, newest first."""
    found = Payment.objects.filter(subscription_id=subscription_id)
    if before is not None:
        found = found.filter(before.older())
    return list(found.order_by("-created_at", "-id")[:limit])


def having(status: Status) -> Q:
    """Match the subscriptions of one published word; nothing for UNKNOWN, which a row never has."""
    return _STATUS.get(status, Q(pk__in=[]))


def _matching(found: QuerySet[Subscription], wanted: SubscriptionFilter) -> QuerySet[Subscription]:
    exact = {
        name: value
        for name in ("shop_subscription_id", "state", "provider", "method")
        if (value := getattr(wanted, name)) is not None
    }
    bounds = {
        lookup: value
        for lookup, value in (("created_at__gte", wanted.created_from), ("created_at__lt", wanted.created_to))
        if value is not None
    }
    found = found.filter(**exact, **bounds)
    return found if wanted.status is None else found.filter(having(wanted.status))
