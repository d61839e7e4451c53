"""List what happened, oldest first, so that a reader who keeps its place misses nothing."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import connection

from paymenthub.kernel import clock
from payments.models import OutboxEvent, Project

from .keyset import Position

_SKEW = dt.timedelta(seconds=1)
_OLDEST_WRITER = """
    SELECT extract(epoch FROM clock_timestamp() - min(xact_start))
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events of a project and mode are meant."""

    type: str | None = None
    payment_id: uuid.UUID | None = None


def page(
    *, project: Project, mode: str, wanted: EventFilter, limit: int, after: Position | None = None
) -> list[OutboxEvent]:
    """List events from after `after` on. An event is listed once nothing older than it can appear any more."""
    found = OutboxEvent.objects.select_related("payment", "subscription").filter(
        project=project, mode=mode, created_at__lt=_settled_before()
    )
    if wanted.type is not None:
        found = found.filter(type=wanted.type)
    if wanted.payment_id is not None:
        found = found.filter(payment_id=wanted.payment_id)
    if after is not None:
        found = found.filter(after.newer())
    return list(found.order_by("created_at", "id")[:limit])


def _settled_before() -> dt.datetime:
    """Return the time before which every event is committed: no transaction that writes is older.

    An event gets its time inside its transaction and is seen when that commits, so a younger one may be seen first. A
    reader that went past it would never see the older one. The clocks of processes and database may differ by a second.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_WRITER)
        (age,) = cursor.fetchone()
    return clock.now() - dt.timedelta(seconds=max(0.0, float(age or 0))) - _SKEW
