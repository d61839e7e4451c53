"""Claims of the relay: rows that one process takes so that no other takes them at the same time.

A claim moves `next_try_at` forward. A claim of a process that died, or of a message that the broker lost, simply comes
due again.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from payments.models import Delivery, DeliveryState, DeliveryTry, InboxMessage, InboxState, OutboxEvent


def claim_unpublished(limit: int) -> list[OutboxEvent]:
    """Lock the oldest unpublished event of up to `limit` payments until the transaction ends; skips locked ones.

    An event waits for every earlier one of its payment, also for one that another relay holds at this moment.
    """
    earlier = OutboxEvent.objects.filter(
        payment_id=OuterRef("payment_id"), sequence__lt=OuterRef("sequence"), published_at=None
    )
    return list(
        OutboxEvent.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("payment__project")
        .defer("body")
        .filter(~Exists(earlier), published_at=None)
        .order_by("id")[:limit]
    )


def claim_due_deliveries(limit: int, *, now: datetime, lease_seconds: float) -> list[tuple[UUID, int]]:
    """Put due deliveries off by the lease and return their ids and numbers of tries; needs a transaction."""
    rows = list(
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=DeliveryState.DUE, next_try_at__lte=now)
        .order_by("next_try_at", "id")
        .values_list("id", "tries")[:limit]
    )
    _put_off(Delivery, [row[0] for row in rows], now, lease_seconds)
    return rows


def claim_due_messages(limit: int, *, now: datetime, lease_seconds: float) -> list[UUID]:
    """Put due notifications off by the lease and return their ids; needs a transaction."""
    rows = list(
        InboxMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=InboxState.waiting(), next_try_at__lte=now)
        .order_by("next_try_at", "id")
        .values_list("id", flat=True)[:limit]
    )
    _put_off(InboxMessage, rows, now, lease_seconds)
    return rows


def claim_delivery(
    delivery_id: UUID, *, now: datetime, lease_seconds: float, tries: int | None = None, force: bool = False
) -> bool:
    """Take a delivery for one try, in one statement; False where it is not due, done, or somebody is sending it.

    With `tries` it is taken whatever the time, if it was tried exactly that often: of many messages about the same try
    only one gets through. With `force` it is taken in any state, unless it is being sent.
    """
    row = Delivery.objects.filter(pk=delivery_id)
    if force:
        row = row.exclude(being_sent(now))
    elif tries is not None:
        row = row.filter(state=DeliveryState.DUE, tries=tries)
    else:
        row = row.filter(state=DeliveryState.DUE, next_try_at__lte=now)
    claimed = row.update(
        state=DeliveryState.DUE, tries=F("tries") + 1, next_try_at=now + timedelta(seconds=lease_seconds)
    )
    return claimed == 1


def being_sent(now: datetime) -> Q:
    """Match deliveries that somebody sends at this moment: claimed, and the claimed try has no result yet."""
    result = DeliveryTry.objects.filter(delivery_id=OuterRef("pk"), number=OuterRef("tries"))
    return Q(~Exists(result), state=DeliveryState.DUE, tries__gt=0, next_try_at__gt=now)


def release_deliveries(ids: Collection[UUID], *, now: datetime, lease_seconds: float) -> None:
    """Make due again what was claimed with these values and not handed out."""
    _release(Delivery.objects.filter(pk__in=ids, state=DeliveryState.DUE), now, lease_seconds)


def release_messages(ids: Collection[UUID], *, now: datetime, lease_seconds: float) -> None:
    """Make due again what was claimed with these values and not handed out."""
    _release(InboxMessage.objects.filter(pk__in=ids, state__in=InboxState.waiting()), now, lease_seconds)


def _release(rows: QuerySet[Any], now: datetime, lease_seconds: float) -> None:
    # Only where nobody moved it since: a worker may have taken it in the meantime.
    rows.filter(next_try_at=now + timedelta(seconds=lease_seconds)).update(next_try_at=now)


def _put_off(model: type[Model], ids: list[UUID], now: datetime, lease_seconds: float) -> None:
    if ids:
        model._default_manager.filter(pk__in=ids).update(next_try_at=now + timedelta(seconds=lease_seconds))
