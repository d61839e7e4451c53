"""Filters of the collections: fields in the query string, and a small part of Mongo's language in `_q`."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from paymenthub.kernel.errors import InvalidField
from paymenthub.kernel.money import MAX_AMOUNT
from payments.models import Project
from payments.selectors.sagas import with_payment_id, with_saga_id

LONGEST_Q = 4000
_DEEPEST = 5
_MOST_CONDITIONS = 50
_MOST_VALUES = 200
_LOGIC = ("$and", "$or")
_COMPARISONS = ("$gt", "$gte", "$lt", "$lte")
_OPERATORS = ("$eq", "$ne", "$in", "$nin", *_COMPARISONS, "$exists")

Read = Callable[[Any, str], Any]


def _text(value: Any, param: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 255 or not value.isprintable():
        raise InvalidField("A text of 1 to 255 printable characters.", param=param)
    return value


def number(value: Any, param: str) -> int:
    """Read a whole number."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16:
        value = int(value)
    if type(value) is not int or not 0 <= value <= MAX_AMOUNT:
        raise InvalidField(f"A whole number from 0 to {MAX_AMOUNT}.", param=param)
    return value


def business_state(value: Any, param: str) -> int:
    """Read a business state's number."""
    found = number(value, param)
    if found > 32767:
        raise InvalidField("There is no such business state.", param=param)
    return found


def moment(value: Any, param: str) -> dt.datetime:
    """Read a time."""
    if isinstance(value, Mapping) and set(value) == {"$date"}:
        value = value["$date"]
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass  # told below, like a time without its offset
    raise InvalidField("A time with its offset, such as 2026-03-01T00:00:00Z.", param=param)


Match = Callable[[Project, list[Any]], Q]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that may be filtered by: its column, how its values are read, and how they are matched where that is no
    plain comparison. `may_be_empty` is a text that is empty while nothing is known."""

    column: str
    read: Read = _text
    ordered: bool = False
    match: Match | None = None
    may_be_empty: str = ""


def _of_saga(project: Project, values: list[Any]) -> Q:
    return with_saga_id(values)


Fields = Mapping[str, Field]
FIELDS: Fields = {
    "_id": Field("saga", match=_of_saga),
    "sagaId": Field("saga", match=_of_saga),
    "currentState": Field("state"),
    "businessStateId": Field("business_state", business_state),
    "createdAt": Field("created_at", moment, ordered=True),
    "updatedAt": Field("updated_at", moment, ordered=True),
    "metadata.shopTransactionId": Field("shop_transaction_id"),
    "metadata.shopTransactionID": Field("shop_transaction_id"),
    "metadata.paymentId": Field("payment", match=with_payment_id, may_be_empty="provider_payment_id"),
    "metadata.paymentID": Field("payment", match=with_payment_id, may_be_empty="provider_payment_id"),
    "metadata.provider": Field("provider"),
    "metadata.paymentMethod": Field("method"),
    "metadata.currency": Field("currency"),
    "metadata.type": Field("type"),
    "metadata.amount": Field("amount", number, ordered=True),
}
_NOTHING = Q(pk__in=[])


def equal(project: Project, name: str, value: str, *, fields: Fields = FIELDS) -> Q:
    """Match one field of the query string."""
    return _condition(_Reading(project, fields), name, {"$eq": value})


def read_q(project: Project, text: str, *, fields: Fields = FIELDS) -> Q:
    """Read `_q`. Raises InvalidField for what is no JSON object, is too long or deep, or is not offered here."""
    if len(text) > LONGEST_Q:
        raise InvalidField(f"At most {LONGEST_Q} characters.", param="_q")
    try:
        wanted = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidField("This is no JSON.", param="_q") from None
    return _read(_Reading(project, fields), wanted, 1)


@dataclass(slots=True)
class _Reading:
    """One reading of a filter: whose it is, what it may name, and how many conditions it had so far."""

    project: Project
    fields: Fields
    conditions: int = 0


def _read(reading: _Reading, wanted: Any, depth: int) -> Q:
    if not isinstance(wanted, dict):
        raise InvalidField("An object of fields and conditions.", param="_q")
    if depth > _DEEPEST:
        raise InvalidField(f"Nested deeper than {_DEEPEST} levels.", param="_q")
    found = Q()
    for name, value in wanted.items():
        if name in _LOGIC:
            found &= _joined(reading, name, value, depth)
        elif name.startswith("$"):
            raise InvalidField(f"There is no operator {name[:32]!r} here; at the top: {', '.join(_LOGIC)}.", param="_q")
        else:
            is_operators = isinstance(value, dict) and any(key.startswith("$") and key != "$date" for key in value)
            found &= _condition(reading, name, value if is_operators else {"$eq": value})
    return found


def _joined(reading: _Reading, name: str, parts: Any, depth: int) -> Q:
    if not isinstance(parts, list) or not parts:
        raise InvalidField(f"{name} takes a list of objects.", param="_q")
    found = [_read(reading, part, depth + 1) for part in parts]
    joined = found[0]
    for part in found[1:]:
        joined = joined & part if name == "$and" else _either(joined, part)
    return joined


def _either(one: Q, other: Q) -> Q:
    # An empty object matches everything; Django would leave an empty Q out of an «or».
    return Q() if not one or not other else one | other


def _condition(reading: _Reading, name: str, operators: Mapping[str, Any]) -> Q:
    field = reading.fields.get(name)
    if field is None:
        raise InvalidField(f"Filters are offered by: {', '.join(reading.fields)}.", param=name[:64])
    found = Q()
    for operator, value in operators.items():
        reading.conditions += 1
        if reading.conditions > _MOST_CONDITIONS:
            raise InvalidField(f"At most {_MOST_CONDITIONS} conditions.", param="_q")
        found &= _operator(reading.project, name, field, operator, value)
    return found


def _operator(project: Project, name: str, field: Field, operator: str, value: Any) -> Q:
    match operator:
        case "$eq":
            return _among(project, field, [field.read(value, name)])
        case "$ne":
            return ~_among(project, field, [field.read(value, name)])
        case "$in":
            return _among(project, field, _values(name, field, value))
        case "$nin":
            return ~_among(project, field, _values(name, field, value))
        case "$exists":
            if not isinstance(value, bool):
                raise InvalidField("$exists takes true or false.", param=name)
            there = ~Q(**{field.may_be_empty: ""}) if field.may_be_empty else ~_NOTHING
            return there if value else ~there
        case _ if operator in _COMPARISONS and field.ordered:
            return Q(**{f"{field.column}__{operator[1:]}": field.read(value, name)})
    offered = _OPERATORS if field.ordered else tuple(each for each in _OPERATORS if each not in _COMPARISONS)
    raise InvalidField(f"Operators of this field: {', '.join(offered)}.", param=name)


def _values(name: str, field: Field, values: Any) -> list[Any]:
    if not isinstance(values, list) or len(values) > _MOST_VALUES:
        raise InvalidField(f"A list of at most {_MOST_VALUES} values.", param=name)
    return [field.read(value, name) for value in values]


def _among(project: Project, field: Field, values: list[Any]) -> Q:
    if field.match is not None:
        return field.match(project, values)
    return Q(**{field.column: values[0]}) if len(values) == 1 else Q(**{f"{field.column}__in": values})
