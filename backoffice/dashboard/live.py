"""Cards about this moment: what is in doubt, what the order systems take, and what waits in the queues."""

import datetime as dt
from typing import Any

from django.db.models import Count as HowMany
from django.db.models import Min, QuerySet, Sum
from django.utils.translation import gettext as _

from paymenthub.kernel import clock
from payments.domain.attempt import AttemptState
from payments.models import (
    Attempt,
    Delivery,
    DeliveryState,
    InboxMessage,
    InboxState,
    Mail,
    MailState,
    OutboxEvent,
    SagaCommand,
    SagaCommandState,
)

from .card import Chart
from .drawings import Tile, Tiles
from .numbers import Numbers
from .table import Amount, Cell, Column, Count, Share, Table, Text, Time

_LATELY = dt.timedelta(hours=24)
_SLOW = 300.0
"""Seconds after which something that waits is shown as bad."""


def doubt(numbers: Numbers) -> Chart:
    """Count what was sent and of which nobody knows the outcome, in every currency."""
    choice = numbers.choice
    rows = Attempt.objects.filter(
        state=AttemptState.UNKNOWN, project__in=choice.project_ids, provider_account__mode=choice.mode
    )
    found = rows.values_list("currency").annotate(HowMany("pk"), Sum("amount"), Min("created_at")).order_by("currency")
    columns = (
        Column("currency", _("Currency"), is_text=True),
        Column("attempts", _("Attempts")),
        Column("amount", _("Amount")),
        Column("oldest_seconds", _("Oldest")),
    )
    cells: list[tuple[Cell, ...]] = [
        (Text(currency), Count(count), Amount(int(amount), currency), Time(_age(oldest)))
        for currency, count, amount, oldest in found
    ]
    tiles = [
        Tile(_("In doubt (%(currency)s)") % {"currency": row[0].shown()}, row[1].shown(),
             help=_("%(amount)s, the oldest for %(age)s") % {"amount": row[2].shown(), "age": row[3].shown()}, tone="bad")
        for row in cells
    ]  # fmt: skip
    nothing = [Tile(_("In doubt"), "0", help=_("Every outcome is known."), tone="good")]
    return Chart(Table(columns, cells), Tiles(tiles or nothing))


def callbacks(numbers: Numbers) -> Chart:
    """Tell how the callbacks of the last 24 hours fared, and what still waits to be taken."""
    mine = Delivery.objects.filter(project__in=numbers.choice.project_ids, event__mode=numbers.choice.mode)
    # Over the indexes of what waits and what was given up; what was delivered has none, and is read through its tries.
    lately = clock.now() - _LATELY
    due = mine.filter(state=DeliveryState.DUE).aggregate(count=HowMany("pk"), oldest=Min("created_at"))
    failing = mine.filter(state=DeliveryState.DUE, tries__gt=0).count()
    lost = mine.filter(state=DeliveryState.GIVEN_UP, created_at__gte=lately).count()
    told = OutboxEvent.objects.filter(
        project__in=numbers.choice.project_ids, mode=numbers.choice.mode, created_at__gte=lately
    )
    taken = Delivery.objects.filter(event__in=told, state=DeliveryState.DELIVERED).count()
    columns = (
        Column("callbacks", _("Callbacks"), is_text=True),
        Column("count", _("Count")),
        Column("oldest_seconds", _("Oldest")),
    )
    rows: list[tuple[Cell, ...]] = [
        (Text(_("Taken, of the last 24 hours")), Count(taken), Time(None)),
        (Text(_("Given up, of the last 24 hours")), Count(lost), Time(None)),
        (Text(_("Not taken yet")), Count(due["count"]), Time(_age(due["oldest"]))),
        (Text(_("Not taken yet, and refused before")), Count(failing), Time(None)),
    ]
    rate = Share(taken, taken + lost + failing)
    tiles = [
        Tile(_("Taken"), rate.shown(), help=_("of the callbacks of the last 24 hours that were tried")),
        Tile(_("Failing"), Count(failing).shown(), tone="bad" if failing else "good"),
        Tile(_("Given up"), Count(lost).shown(), tone="bad" if lost else "good"),
    ]
    return Chart(Table(columns, rows), Tiles(tiles))


def queues(numbers: Numbers) -> Chart:
    """Tell what waits in each queue, and for how long the oldest has."""
    mine = {"project__in": numbers.choice.project_ids}
    waiting: list[tuple[str, QuerySet[Any]]] = [
        (_("Notifications received"), InboxMessage.objects.filter(**mine, state__in=InboxState.waiting())),
        (_("Events to tell"), OutboxEvent.objects.filter(**mine, published_at=None)),
        (_("Callbacks"), Delivery.objects.filter(**mine, state=DeliveryState.DUE)),
        (_("Steps"), SagaCommand.objects.filter(**mine, state=SagaCommandState.DUE)),
        (_("Mails"), Mail.objects.filter(**mine, state=MailState.DUE)),
    ]
    columns = (
        Column("queue", _("Queue"), is_text=True),
        Column("waiting", _("Waiting")),
        Column("oldest_seconds", _("Oldest")),
    )
    rows: list[tuple[Cell, ...]] = []
    tiles = []
    for name, queue in waiting:
        found = queue.aggregate(count=HowMany("pk"), oldest=Min("created_at"))
        age = _age(found["oldest"])
        rows.append((Text(name), Count(found["count"]), Time(age)))
        help = _("the oldest for %(age)s") % {"age": Time(age).shown()} if found["count"] else ""
        tone = "bad" if age is not None and age > _SLOW else "good" if not found["count"] else ""
        tiles.append(Tile(name, Count(found["count"]).shown(), help=help, tone=tone))
    return Chart(Table(columns, rows), Tiles(tiles))


def _age(since: dt.datetime | None) -> float | None:
    return None if since is None else max(0.0, (clock.now() - since).total_seconds())
