"""The only file with SELECT … FOR UPDATE.

Order, so that nobody waits in a circle: payment, then its refunds, then its attempts; an inbox message, a delivery or an
outbox event is locked by its own worker before the payment it belongs to, and never after one.
Whoever holds a payment's lock may change every row that belongs to the payment. The network is never called under a lock.
"""

import datetime as dt
import uuid

from django.db.models import Exists, Model, OuterRef, Q

from paymenthub.kernel import clock

from .domain.attempt import UNDECIDED, AttemptState
from .models import Attempt, Delivery, DeliveryState, InboxMessage, InboxState, OutboxEvent, Payment


def payment(payment_id: uuid.UUID) -> Payment:
    """Lock one payment until the transaction ends. Raises `Payment.DoesNotExist`."""
    return Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)


def lease_attempt(attempt_id: uuid.UUID, *, seconds: float) -> Attempt | None:
    """Take an undecided attempt whose lease is over, for so many seconds; None when somebody else has it."""
    now = clock.now()
    found = (
        Attempt.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=attempt_id, state__in=UNDECIDED)
        .first()
    )
    if found is not None:
        found.lease_until = now + dt.timedelta(seconds=seconds)
        found.save(update_fields=["lease_until"])
    return found


def due_attempts(*, limit: int, postpone_seconds: float) -> list[uuid.UUID]:
    """Take attempts whose next check is due, oldest first, and postpone them so that no other worker takes them too."""
    now = clock.now()
    found = list(
        Attempt.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state__in=UNDECIDED, next_check_at__lte=now)
        .order_by("next_check_at")
        .values_list("pk", flat=True)[:limit]
    )
    Attempt.objects.filter(pk__in=found).update(next_check_at=now + dt.timedelta(seconds=postpone_seconds))
    return found


def lease_inbox_message(message_id: uuid.UUID, *, seconds: float) -> InboxMessage | None:
    """Take a notification that still waits, for so many seconds; None when it is done or another worker has it."""
    now = clock.now()
    found = (
        InboxMessage.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=message_id, state__in=InboxState.waiting())
        .first()
    )
    if found is not None:
        found.lease_until = now + dt.timedelta(seconds=seconds)
        found.tries += 1
        found.save(update_fields=["lease_until", "tries"])
    return found


def is_leased(attempt: Attempt) -> bool:
    """Tell whether a runner owns the attempt right now."""
    return attempt.state == AttemptState.OPEN and attempt.lease_until is not None and attempt.lease_until > clock.now()


def open_again(attempt: Attempt, *, seconds: float) -> None:
    """Give an attempt of a locked payment to this process for so many seconds; the caller saves it."""
    attempt.state = AttemptState.OPEN
    attempt.lease_until = clock.now() + dt.timedelta(seconds=seconds)
    attempt.next_check_at = attempt.lease_until
    attempt.decided_at = None


def unpublished_events(limit: int) -> list[OutboxEvent]:
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


def due_deliveries(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[tuple[uuid.UUID, int]]:
    """Put due deliveries off by the lease and return their ids and numbers of tries; needs a transaction."""
    rows = list(
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=DeliveryState.DUE, next_try_at__lte=now)
        .order_by("next_try_at", "id")
        .values_list("id", "tries")[:limit]
    )
    _put_off(Delivery, [row[0] for row in rows], now, lease_seconds)
    return rows


def due_messages(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[uuid.UUID]:
    """Put due notifications off by the lease and return their ids; needs a transaction."""
    rows = list(
        InboxMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=InboxState.waiting(), next_try_at__lte=now)
        .order_by("next_try_at", "id")
        .values_list("id", flat=True)[:limit]
    )
    _put_off(InboxMessage, rows, now, lease_seconds)
    return rows


def _put_off(model: type[Model], ids: list[uuid.UUID], now: dt.datetime, lease_seconds: float) -> None:
    if ids:
        model._default_manager.filter(pk__in=ids).update(next_try_at=now + dt.timedelta(seconds=lease_seconds))
