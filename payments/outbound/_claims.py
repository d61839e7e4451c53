"""Claims of deliveries that need no row lock: one conditional UPDATE each (the locking ones stand in payments/locks.py).

A claim moves `next_try_at` forward. A claim of a process that died, or of a message that the broker lost, simply comes
due again.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from payments.models import (
    Delivery,
    DeliveryState,
    DeliveryTry,
    FlowCommand,
    FlowCommandState,
    FlowEvent,
    InboxMessage,
    InboxState,
    Mail,
    MailState,
    OrderIntent,
    SagaCommand,
    SagaCommandState,
)


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


def claim_command(command_id: UUID, *, now: datetime, lease_seconds: float, tries: int | None = None) -> bool:
    """Take a saga command for one try, as `claim_delivery` takes a delivery."""
    row = SagaCommand.objects.filter(pk=command_id, state=SagaCommandState.DUE)
    row = row.filter(next_try_at__lte=now) if tries is None else row.filter(tries=tries)
    return row.update(tries=F("tries") + 1, next_try_at=now + timedelta(seconds=lease_seconds)) == 1


def release_commands(ids: Collection[UUID], *, now: datetime, lease_seconds: float) -> None:
    """Make due again what was claimed with these values and not handed out."""
    _release(SagaCommand.objects.filter(pk__in=ids, state=SagaCommandState.DUE), now, lease_seconds)


def being_sent(now: datetime) -> Q:
    """Match deliveries that somebody sends at this moment: claimed, and the claimed try has no result yet."""
    result = DeliveryTry.objects.filter(delivery_id=OuterRef("pk"), number=OuterRef("tries"))
    return Q(~Exists(result), state=DeliveryState.DUE, tries__gt=0, next_try_at__gt=now)


def deliveries_out(*, now: datetime, most: int) -> int:
    """Count first tries that were handed out and that no worker has taken, up to `most`. Later tries wait for their time
    in the same way and are left out."""
    return Delivery.objects.filter(state=DeliveryState.DUE, tries=0, next_try_at__gt=now)[:most].count()


def messages_out(*, now: datetime, most: int) -> int:
    """Count new notifications that were handed out and that no worker has taken, up to `most`."""
    return InboxMessage.objects.filter(state=InboxState.NEW, tries=0, next_try_at__gt=now)[:most].count()


def release_deliveries(ids: Collection[UUID], *, now: datetime, lease_seconds: float) -> None:
    """Make due again what was claimed with these values and not handed out."""
    _release(Delivery.objects.filter(pk__in=ids, state=DeliveryState.DUE), now, lease_seconds)


def release_messages(ids: Collection[UUID], *, now: datetime, lease_seconds: float) -> None:
    """Make due again what was claimed with these values and not handed out."""
    _release(InboxMessage.objects.filter(pk__in=ids, state__in=InboxState.waiting()), now, lease_seconds)


def release_flow_commands(ids: Collection[UUID], *, now: datetime, lease_seconds: float) -> None:
    """Make due again what was claimed with these values and not handed out."""
    _release(FlowCommand.objects.filter(pk__in=ids, state=FlowCommandState.WAITING), now, lease_seconds)


def release_flow_events(ids: Collection[UUID], *, now: datetime, lease_seconds: float) -> None:
    """Make due again what was claimed with these values and not handed out."""
    _release(FlowEvent.objects.filter(pk__in=ids, taken_at=None), now, lease_seconds)


def release_mails(ids: Collection[UUID], *, now: datetime, lease_seconds: float) -> None:
    """Make due again what was claimed with these values and not handed out."""
    _release(Mail.objects.filter(pk__in=ids, state=MailState.DUE), now, lease_seconds)


def release_order_intents(ids: Collection[UUID], *, now: datetime, lease_seconds: float) -> None:
    """Make due again what was claimed with these values and not handed out."""
    rows = OrderIntent.objects.filter(pk__in=ids, work_due_at=now + timedelta(seconds=lease_seconds))
    rows.update(work_due_at=now)


def _release(rows: QuerySet[Any], now: datetime, lease_seconds: float) -> None:
    # Only where nobody moved it since: a worker may have taken it in the meantime.
    rows.filter(next_try_at=now + timedelta(seconds=lease_seconds)).update(next_try_at=now)
