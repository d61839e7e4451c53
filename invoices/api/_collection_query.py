"""The query parameters of a CRUD collection: which rows, in which order, which fields."""

import datetime as dt
import json
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework.request import Request

from invoices.models import Invoice
from paymenthub.kernel import ids
from paymenthub.kernel.errors import InvalidField

FIELDS = ("_id", "name", "file", "size", "location", "sagaId", "createdAt", "updatedAt", "__STATE__")
MOST = 200
_FARTHEST = 10_000
_LONGEST = 2000
_MOST_CONDITIONS = 20
_COLUMNS = {
    "_id": "id",
    "name": "number",
    "file": "file_token",
    "size": "pdf_size",
    "sagaId": "payment_id",
    "createdAt": "created_at",
    "updatedAt": "rendered_at",
}
_COMPARISONS = {"$gt": "gt", "$gte": "gte", "$lt": "lt", "$lte": "lte"}
_NOTHING = Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asked for."""

    where: Q
    order: tuple[str, ...] = ("created_at", "id")
    skip: int = 0
    limit: int = MOST
    fields: frozenset[str] = frozenset()

    def sorted(self, rows: "QuerySet[Invoice]") -> "QuerySet[Invoice]":
        """Cut the page out."""
        return rows.order_by(*self.order)[self.skip : self.skip + self.limit]

    def only(self, rows: "QuerySet[Invoice]", id: str) -> "QuerySet[Invoice]":
        """Find one by its id."""
        return rows.filter(_condition("_id", id))


def read_query(request: Request, known: Iterable[str]) -> Asked:
    """Read the parameters; a field's name asks for equality. Raises InvalidField for what is not known or cannot be."""
    known = tuple(known)
    given: dict[str, str] = {}
    for name, values in request.query_params.lists():
        allowed = name in known or (bool(known) and name in _COLUMNS)
        if not allowed or len(values) != 1:
            raise InvalidField("There is no such parameter, or it is given twice.", param=name[:64])
        if len(values[0]) > _LONGEST or "\x00" in values[0]:
            raise InvalidField(f"At most {_LONGEST} characters.", param=name)
        given[name] = values[0]
    where = [_condition(name, value) for name, value in given.items() if name in _COLUMNS]
    if "_q" in given:
        where.append(_query(given["_q"]))
    if "_st" in given and "PUBLIC" not in given["_st"].split(","):
        where.append(_NOTHING)
    return Asked(
        where=reduce(operator.and_, where, Q()),
        order=_order(given.get("_s", "")),
        skip=_number(given, "_sk", 0, _FARTHEST, 0),
        limit=_number(given, "_l", 1, MOST, MOST),
        fields=_fields(given.get("_p", "")),
    )


def _query(text: str) -> Q:
    try:
        wanted = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidField("This is not JSON.", param="_q") from None
    conditions: list[Q] = []
    _collect(wanted, conditions, depth=0)
    return reduce(operator.and_, conditions, Q())


def _collect(wanted: object, into: list[Q], depth: int) -> None:
    if not isinstance(wanted, Mapping) or depth > 3:
        raise InvalidField("A query is a JSON object, at most three `$and` deep.", param="_q")
    for name, value in wanted.items():
        if name == "$and" and isinstance(value, list):
            for inner in value:
                _collect(inner, into, depth + 1)
        elif name == "__STATE__":
            into.append(Q() if value == "PUBLIC" else _NOTHING)
        elif name in _COLUMNS:
            pairs = value.items() if isinstance(value, Mapping) else [("$eq", value)]
            into.extend(_condition(name, part, comparison) for comparison, part in pairs)
        else:
            raise InvalidField(f"Only {', '.join(_COLUMNS)} and `$and` can be asked for.", param="_q")
        if len(into) > _MOST_CONDITIONS:
            raise InvalidField(f"At most {_MOST_CONDITIONS} conditions.", param="_q")


def _condition(name: str, value: Any, comparison: str = "$eq") -> Q:
    column = _COLUMNS[name]
    if comparison == "$in":
        if not isinstance(value, list) or len(value) > MOST:
            raise InvalidField(f"`$in` takes a list of at most {MOST}.", param=name)
        found = [read for each in value if (read := _value(name, each)) is not None]
        return Q(**{f"{column}__in": found})
    read = _value(name, value)
    if comparison == "$eq":
        return _NOTHING if read is None else Q(**{column: read})
    if comparison == "$ne":
        return Q() if read is None else ~Q(**{column: read})
    if comparison not in _COMPARISONS:
        raise InvalidField(f"There is no {str(comparison)[:32]} here.", param=name)
    return _NOTHING if read is None else Q(**{f"{column}__{_COMPARISONS[comparison]}": read})


def _value(name: str, value: Any) -> Any:
    """Read a value as its column has it; None for what no row can have."""
    return _READERS[name](value)


def _uuid_of(prefix: str) -> Callable[[Any], Any]:
    return lambda value: ids.parse_public_id(prefix, value)


def _file_of(value: Any) -> str | None:
    return value.removesuffix(".pdf") if _is_text(value) and value.endswith(".pdf") else None


def _whole(value: Any) -> int | None:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return int(text)


def _time(value: Any) -> dt.datetime | None:
    try:
        read = dt.datetime.fromisoformat(value)
        return read.astimezone(dt.UTC) if read.tzinfo else read.replace(tzinfo=dt.UTC)
    except (ValueError, TypeError, OverflowError):
        raise InvalidField("A time such as 2026-03-01T00:00:00Z.", param="_q") from None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\x00" not in value and len(value) <= 255 and value.isprintable()


_READERS: dict[str, Callable[[Any], Any]] = {
    "_id": _uuid_of(ids.INVOICE),
    "sagaId": _uuid_of(ids.PAYMENT),
    "name": _file_of,
    "file": _file_of,
    "size": _whole,
    "createdAt": _time,
    "updatedAt": _time,
}


def _order(text: str) -> tuple[str, ...]:
    names = [name for name in text.split(",") if name]
    unknown = [name for name in names if name.removeprefix("-") not in _COLUMNS]
    if unknown or len(names) > 4:
        raise InvalidField(f"Sort by up to four of {', '.join(_COLUMNS)}.", param="_s")
    signed = tuple(("-" if name.startswith("-") else "") + _COLUMNS[name.removeprefix("-")] for name in names)
    return (*signed, "created_at", "id")


def _fields(text: str) -> frozenset[str]:
    names = frozenset(filter(None, text.split(",")))
    if not names <= set(FIELDS):
        raise InvalidField(f"Fields are {', '.join(FIELDS)}.", param="_p")
    return names


def _number(given: Mapping[str, str], name: str, least: int, most: int, default: int) -> int:
    if name not in given:
        return default
    number = _whole(given[name])
    if number is None or not least <= number <= most:
        raise InvalidField(f"A whole number from {least} to {most}.", param=name)
    return number
