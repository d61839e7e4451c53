"""Pages by key across projects: a page costs the same however deep, for one project as for all of them.

The indexes begin with project and mode. So each project and mode is asked for its own first rows in order, and those
few are put together: never are all rows sorted, and no index without a project is needed.
"""

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from backoffice.access import visible_projects
from payments.models import Mode

from .values import BadValue

_M = TypeVar("_M", bound=Model)
_MOST_PLACES = 20_000  # projects times modes


@dataclass(frozen=True, slots=True)
class Order:
    """In which order a list stands. `fields` end in `created_at` and `id`; all rise, or all fall."""

    fields: tuple[str, ...] = ("created_at", "id")
    falling: bool = True

    def reversed(self) -> "Order":
        """Return the other direction."""
        return Order(self.fields, not self.falling)


@dataclass(frozen=True, slots=True)
class Page:
    """The keys of one page in order, and the positions beside it: empty at the ends."""

    keys: tuple[uuid.UUID, ...]
    older: str
    newer: str


def read_page(
    rows: QuerySet[_M],
    user: User | AnonymousUser,
    order: Order,
    *,
    size: int,
    after: str = "",
    before: str = "",
    sparse: bool = False,
) -> Page:
    """Find a page of the rows that a queryset matches. It need not be scoped: only the person's projects are asked.

    `after` and `before` are positions of pages found earlier. Raises BadValue for others. `sparse` looks for all that
    match first and puts them in order then: better where so few do that walking along the order meets none for long.
    """
    backwards = bool(before)
    direction = order.reversed() if backwards else order
    position = read_position(before or after, order) if before or after else None
    if position is not None:
        rows = rows.filter(_beyond(direction, position))
    found = _merged(rows, places_of(user), direction, size + 1, sparse)
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_older = bool(found) and (more if not backwards else True)
    has_newer = bool(found) and (bool(after) if not backwards else more)
    return Page(
        tuple(row[-1] for row in found),
        older=write_position(found[-1]) if has_older else "",
        newer=write_position(found[0]) if has_newer else "",
    )


def places_of(user: User | AnonymousUser) -> list[tuple[uuid.UUID, str]]:
    """List the projects and modes that a person may see."""
    projects = list(visible_projects(user).order_by().values_list("pk", flat=True)[:_MOST_PLACES])
    return [(project, mode) for project in projects for mode in Mode.values]


def write_position(row: Sequence[Any]) -> str:
    """Write where a page ended for a URL."""
    plain = [value.isoformat() if isinstance(value, dt.datetime) else value for value in row[:-1]]
    return base64.urlsafe_b64encode(json.dumps([*plain, row[-1].hex]).encode()).decode().rstrip("=")


def read_position(text: str, order: Order) -> tuple[Any, ...]:
    """Read a position of a list in this order; BadValue for any other text."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        *numbers, at, key = values
        if len(values) != len(order.fields) or any(type(number) is not int for number in numbers):
            raise ValueError("not of this order")
        moment = dt.datetime.fromisoformat(at)
        if moment.tzinfo is None or any(abs(number) >= 2**62 for number in numbers):
            raise ValueError("not of this order")
        return (*numbers, moment, uuid.UUID(hex=key))
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        raise BadValue(_("The page that the address names is not there; this is the first one.")) from None


def _beyond(order: Order, position: tuple[Any, ...]) -> Q:
    """Match what comes after a position. The first comparison alone bounds the index scan; an OR would not."""
    sign = "lt" if order.falling else "gt"
    (name, value), *rest = zip(order.fields, position, strict=True)
    found = Q(**{f"{name}__{sign}": value})
    ties = Q(**{name: value})
    for field, limit in rest:
        found |= ties & Q(**{f"{field}__{sign}": limit})
        ties &= Q(**{field: limit})
    return Q(**{f"{name}__{sign}e": value}) & found


def _merged(
    rows: QuerySet[Any], places: list[tuple[uuid.UUID, str]], order: Order, size: int, sparse: bool
) -> list[tuple[Any, ...]]:
    sign = "-" if order.falling else ""
    here = rows.filter(
        project_id=RawSQL("place.project_id", ()),
        mode=RawSQL("place.mode", ()),
    )
    here = here.order_by(*(f"{sign}{field}" for field in order.fields)).values_list(*order.fields)
    try:
        one, values = (here.order_by() if sparse else here[:size]).query.sql_with_params()
    except EmptyResultSet:
        return []
    if sparse:  # OFFSET 0 keeps the planner from walking along the order after all
        one += " OFFSET 0"
    columns = ", ".join(f"page.{field}" for field in order.fields)
    by = ", ".join(f"page.{field} {'DESC' if order.falling else 'ASC'}" for field in order.fields)
    sql = (
        f"SELECT {columns} FROM unnest(%s::uuid[], %s::text[]) AS place(project_id, mode) "  # noqa: S608 - our own names
        f"CROSS JOIN LATERAL ({one}) AS page ORDER BY {by} LIMIT {int(size)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [[project for project, _mode in places], [mode for _project, mode in places], *values])
        return list(cursor.fetchall())
