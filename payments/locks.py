"""The only file with SELECT … FOR UPDATE.

Order, so that nobody waits in a circle: payment, then its refunds, then its attempts, then its order intent or its
subscription (whoever holds a subscription locks no payment; it may write new ones); an inbox
message, a delivery, an outbox event or what came from the bus is locked by its own worker before the payment (or the order
intent) it belongs to, and never after one. A payment link is locked before the payment that is begun with it, and never after
one. A project's row is locked alone, and so is a member of staff's.
Whoever holds a payment's lock may change every row that belongs to the payment. The network is never called under a lock.
"""

import datetime as dt
import uuid
from collections import Counter
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from paymenthub.kernel import clock

from .domain.attempt import UNDECIDED, AttemptState
from .models import (
    Attempt,
    BusMessage,
    BusReceipt,
    BusState,
    Delivery,
    DeliveryState,
    FlowCommand,
    FlowCommandState,
    FlowEvent,
    InboxMessage,
    InboxState,
    Mail,
    MailState,
    Mode,
    OrderIntent,
    OutboxEvent,
    Payment,
    PaymentLink,
    Principal,
    Project,
    RollupDay,
    SagaCommand,
    SagaCommandState,
    Subscription,
)

HINT = "(hint) "
"""How the event key of a bare hint begins while it waits: what names the same object meanwhile is the same hint."""

_AFTER_LEASE = dt.timedelta(seconds=1)
_TAKEN = Q(next_check_at=F("lease_until") + _AFTER_LEASE)
"""The mark of a lease that `due_attempts` gave: a runner's own ends with the next check, a person's anywhere."""


def payment(payment_id: uuid.UUID) -> Payment:
    """Lock one payment until the transaction ends. Raises `Payment.DoesNotExist`."""
    return Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)


def principal(principal_id: uuid.UUID) -> Principal:
    """Lock a principal's row against those who change it. Raises `Principal.DoesNotExist`."""
    return Principal.objects.select_for_update(of=("self",), no_key=True).get(pk=principal_id)


def project(project_id: uuid.UUID) -> Project:
    """Lock a project's row against those who change it, not against its payments. Raises `Project.DoesNotExist`."""
    return Project.objects.select_for_update(of=("self",), no_key=True).get(pk=project_id)


def payment_link(link_id: uuid.UUID) -> PaymentLink:
    """Lock one payment link until the transaction ends. Raises `PaymentLink.DoesNotExist`."""
    return PaymentLink.objects.select_for_update(of=("self",), no_key=True).get(pk=link_id)


def lease_attempt(
    attempt_id: uuid.UUID,
    *,
    seconds: float,
    held: dt.datetime | None = None,
    unmoved_since: Attempt | None = None,
) -> Attempt | None:
    """Take an undecided attempt whose lease is over, for so many seconds; None when somebody else has it.

    `held` is the end of the lease that the caller has itself. With `unmoved_since`, None also when somebody else has had
    the lease since that copy was read.
    """
    now = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    found = (
        Attempt.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(free if held is None else free | Q(lease_until=held), pk=attempt_id, state__in=UNDECIDED)
        .first()
    )
    if found is not None and unmoved_since is not None and found.lease_until not in (unmoved_since.lease_until, held):
        return None
    if found is not None:
        found.lease_until = now + dt.timedelta(seconds=seconds)
        found.save(update_fields=["lease_until"])
    return found


def begin_attempt(attempt_id: uuid.UUID, *, seconds: float, held: dt.datetime | None = None) -> Attempt | None:
    """Open an attempt that waits to be sent, for so many seconds; None when another process has it or it was decided.

    READY means that nothing was sent: who opens it need not ask the PSP first. `held` is the end of the caller's lease.
    """
    now = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    found = (
        Attempt.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(free if held is None else free | Q(lease_until=held), pk=attempt_id, state=AttemptState.READY)
        .first()
    )
    if found is not None:
        open_again(found, seconds=seconds)
        found.save(update_fields=["state", "sent_at", "lease_until", "next_check_at", "decided_at"])
    return found


def due_attempts(
    *, limit: int, per_account: int, lease_seconds: float, account_id: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Lease attempts whose next check is due, oldest first, so that of each provider account at most `per_account` are
    taken and not given back; needs a transaction. One that is not given back comes due again with the end of its lease.
    """
    with connection.cursor() as cursor:
        # Two that count at the same moment would each fill the places that are free.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('payments.due_attempts', 0))")
    now = clock.now()
    until = now + dt.timedelta(seconds=lease_seconds)
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = Attempt.objects.filter(free, state__in=UNDECIDED, next_check_at__lte=now)
    taken = Attempt.objects.filter(_TAKEN, state__in=UNDECIDED, next_check_at__range=(now, until + _AFTER_LEASE))
    if account_id is not None:
        due, taken = due.filter(provider_account=account_id), taken.filter(provider_account=account_id)
    places = Counter(taken.values_list("provider_account_id", flat=True))
    oldest = Window(RowNumber(), partition_by="provider_account_id", order_by=["next_check_at", "pk"])
    candidates = [
        pk
        for pk, account, number in due.annotate(number=oldest)
        .filter(number__lte=per_account)
        .order_by("next_check_at", "pk")
        .values_list("pk", "provider_account_id", "number")
        if number <= per_account - places[account]
    ][:limit]
    found = set(
        due.select_for_update(of=("self",), skip_locked=True).filter(pk__in=candidates).values_list("pk", flat=True)
    )
    Attempt.objects.filter(pk__in=found).update(lease_until=until, next_check_at=until + _AFTER_LEASE)
    return [pk for pk in candidates if pk in found]


def keep_attempt(attempt_id: uuid.UUID, *, seconds: float) -> Attempt | None:
    """Prolong the lease of an attempt that `due_attempts` took; None when it is over, or the attempt was decided."""
    now = clock.now()
    until = now + dt.timedelta(seconds=seconds)
    mine = Attempt.objects.filter(_TAKEN, pk=attempt_id, state__in=UNDECIDED, lease_until__gt=now)
    if not mine.update(lease_until=until, next_check_at=until + _AFTER_LEASE):
        return None
    return Attempt.objects.select_related("provider_account").get(pk=attempt_id)


def give_back_attempt(attempt: Attempt, *, next_check_at: dt.datetime) -> None:
    """End a kept lease and say when the PSP is asked next; nothing where somebody has decided or taken it since."""
    held = Attempt.objects.filter(pk=attempt.pk, state__in=UNDECIDED, lease_until=attempt.lease_until)
    held.update(lease_until=clock.now(), next_check_at=next_check_at)


def lease_inbox_message(message_id: uuid.UUID, *, seconds: float) -> InboxMessage | None:
    """Take a notification that still waits, for so many seconds; None when it is done or another worker has it.

    A hint that comes from now on is a new one: what it tells of may happen after the provider was asked.
    """
    now = clock.now()
    found = (
        InboxMessage.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=message_id, state__in=InboxState.waiting())
        .first()
    )
    if found is not None:
        found.lease_until = now + dt.timedelta(seconds=seconds)
        found.tries += 1
        if found.event_key.startswith(HINT):
            found.event_key = ""
        found.save(update_fields=["lease_until", "tries", "event_key"])
    return found


def inbox_message(message_id: uuid.UUID) -> InboxMessage:
    """Lock a notification for a person's word about it, until the transaction ends. Raises `InboxMessage.DoesNotExist`."""
    return InboxMessage.objects.select_for_update(of=("self",)).get(pk=message_id)


def is_leased(attempt: Attempt) -> bool:
    """Tell whether a runner owns the attempt right now."""
    return attempt.state == AttemptState.OPEN and attempt.lease_until is not None and attempt.lease_until > clock.now()


def open_again(attempt: Attempt, *, seconds: float) -> None:
    """Give an attempt of a locked payment to this process for so many seconds; the caller saves it."""
    attempt.state = AttemptState.OPEN
    attempt.sent_at = clock.now()
    attempt.lease_until = clock.now() + dt.timedelta(seconds=seconds)
    attempt.next_check_at = attempt.lease_until
    attempt.decided_at = None


def unpublished_events(limit: int) -> list[OutboxEvent]:
    """Lock the oldest unpublished event of up to `limit` payments and subscriptions until the transaction ends; skips locked ones.

    An event waits for every earlier one of its payment or subscription, also for one that another relay holds now.
    """
    earlier = OutboxEvent.objects.filter(
        payment_id=OuterRef("payment_id"), sequence__lt=OuterRef("sequence"), published_at=None
    )
    earlier_of_subscription = OutboxEvent.objects.filter(
        subscription_id=OuterRef("subscription_id"), sequence__lt=OuterRef("sequence"), published_at=None
    )
    return list(
        OutboxEvent.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("payment__project", "subscription__project")
        .defer("body")
        .filter(~Exists(earlier), ~Exists(earlier_of_subscription), published_at=None)
        .order_by("id")[:limit]
    )


def due_deliveries(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[tuple[uuid.UUID, int]]:
    """Put due deliveries off by the lease and return their ids and numbers of tries; needs a transaction."""
    return _due(Delivery.objects.filter(state=DeliveryState.DUE), limit, now=now, lease_seconds=lease_seconds)


def due_commands(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[tuple[uuid.UUID, int]]:
    """Put due saga commands off by the lease and return their ids and numbers of tries; needs a transaction."""
    return _due(SagaCommand.objects.filter(state=SagaCommandState.DUE), limit, now=now, lease_seconds=lease_seconds)


def due_messages(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[uuid.UUID]:
    """Put due notifications off by the lease and return their ids; needs a transaction."""
    waiting = InboxMessage.objects.filter(state__in=InboxState.waiting())
    return [pk for pk, _ in _due(waiting, limit, now=now, lease_seconds=lease_seconds)]


def due_flow_commands(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[tuple[uuid.UUID, int]]:
    """Put due commands of an outside Flow Manager off by the lease; return ids and numbers of tries."""
    return _due(FlowCommand.objects.filter(state=FlowCommandState.WAITING), limit, now=now, lease_seconds=lease_seconds)


def due_flow_events(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[tuple[uuid.UUID, int]]:
    """Put due events for an outside Flow Manager off by the lease, of each saga the first that is not taken."""
    earlier = FlowEvent.objects.filter(
        project_id=OuterRef("project_id"),
        mode=OuterRef("mode"),
        saga_id=OuterRef("saga_id"),
        number__lt=OuterRef("number"),
        taken_at=None,
    )
    return _due(FlowEvent.objects.filter(~Exists(earlier), taken_at=None), limit, now=now, lease_seconds=lease_seconds)


def due_mails(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[tuple[uuid.UUID, int]]:
    """Put due mails off by the lease and return their ids and numbers of tries; needs a transaction."""
    return _due(Mail.objects.filter(state=MailState.DUE), limit, now=now, lease_seconds=lease_seconds)


def order_intent(intent_id: uuid.UUID) -> OrderIntent:
    """Lock one order intent until the transaction ends. Raises `OrderIntent.DoesNotExist`."""
    return OrderIntent.objects.select_for_update(of=("self",)).get(pk=intent_id)


def due_order_intents(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[uuid.UUID]:
    """Put order intents with work to do off by the lease and return their ids; needs a transaction."""
    rows = list(
        OrderIntent.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(work_due_at__lte=now)
        .order_by("work_due_at", "id")
        .values_list("id", flat=True)[:limit]
    )
    if rows:
        OrderIntent.objects.filter(pk__in=rows).update(work_due_at=now + dt.timedelta(seconds=lease_seconds))
    return rows


def subscription(subscription_id: uuid.UUID) -> Subscription:
    """Lock one subscription until the transaction ends; payments may name it meanwhile. Raises `Subscription.DoesNotExist`."""
    found = Subscription.objects.select_for_update(of=("self",), no_key=True)
    return found.select_related("project", "provider_account").get(pk=subscription_id)


def due_subscriptions(
    limit: int, *, now: dt.datetime, lease_seconds: float, project_id: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Put subscriptions with work to do off by the lease and return their ids, oldest first; needs a transaction.

    `project_id`: only those of the test mode of a project, whose clock may be ahead of `now` of the others.
    """
    due = Subscription.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    due = due.filter(next_due_at__lte=now)
    if project_id is not None:
        due = due.filter(project_id=project_id, mode=Mode.TEST)
    rows = list(due.order_by("next_due_at", "id").values_list("id", flat=True)[:limit])
    if rows:
        Subscription.objects.filter(pk__in=rows).update(next_due_at=now + dt.timedelta(seconds=lease_seconds))
    return rows


def due_bus_messages(limit: int, *, now: dt.datetime, lease_seconds: float) -> list[BusMessage]:
    """Put the oldest unpublished message of up to `limit` payments off by the lease and return them; needs a transaction.

    A message waits for every earlier one of its payment, also for one that somebody publishes at this moment.
    """
    earlier = BusMessage.objects.filter(subject=OuterRef("subject"), number__lt=OuterRef("number"), published_at=None)
    rows = list(
        BusMessage.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(~Exists(earlier), published_at=None, next_try_at__lte=now)
        .order_by("id")[:limit]
    )
    until = now + dt.timedelta(seconds=lease_seconds)
    BusMessage.objects.filter(pk__in=[row.pk for row in rows]).update(next_try_at=until)
    for row in rows:
        row.next_try_at = until
    return rows


def waiting_bus_receipt(receipt_id: uuid.UUID, *, now: dt.datetime) -> BusReceipt | None:
    """Lock a message from the bus that still waits for its order and is due; None when it is not, or somebody has it."""
    waiting = BusReceipt.objects.select_for_update(skip_locked=True, of=("self",))
    return waiting.filter(pk=receipt_id, state=BusState.WAITING, next_try_at__lte=now).first()


def rollup_days(project_id: uuid.UUID, first: dt.date, last: dt.date) -> list[RollupDay]:
    """Lock what is told of a project's days, oldest first, until the transaction ends: one at a time adds a day up."""
    days = RollupDay.objects.select_for_update(of=("self",), no_key=True)
    return list(days.filter(project=project_id, day__range=(first, last)).order_by("day"))


def _due(waiting: QuerySet[Any], limit: int, *, now: dt.datetime, lease_seconds: float) -> list[tuple[uuid.UUID, int]]:
    """Put the rows that are due longest off by the lease; return their ids and numbers of tries."""
    rows: list[tuple[uuid.UUID, int]] = list(
        waiting.filter(next_try_at__lte=now)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("next_try_at", "id")
        .values_list("id", "tries")[:limit]
    )
    if rows:
        until = now + dt.timedelta(seconds=lease_seconds)
        waiting.model._default_manager.filter(pk__in=[pk for pk, _ in rows]).update(next_try_at=until)
    return rows


def staff(user_id: int) -> User:
    """Lock one member of staff. Raises `User.DoesNotExist`."""
    return User.objects.select_for_update(of=("self",)).get(pk=user_id)
