"""What a column of an export is: its stable name in files, its label for people, and how its cells are read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Expression, F
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

from paymenthub.kernel import ids

from . import cells

Source = str | Expression | Combinable


class Kind(Enum):
    """How a cell is written: numbers stay numbers, moments are in UTC, decimals are exact."""

    TEXT = "text"
    NUMBER = "number"
    DECIMAL = "decimal"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `read` makes its cell (a text, or an int for NUMBER) of the values of its `sources`."""

    key: str
    label: str | Promise
    kind: Kind
    sources: tuple[Source, ...]
    read: Callable[..., str | int | None]
    chosen: bool = True


def plain(key: str, label: str | Promise, source: Source | None = None, *, chosen: bool = True) -> Column:
    """Make a column of text."""
    return Column(key, label, Kind.TEXT, (source or key,), cells.text, chosen)


def public(key: str, label: str | Promise, prefix: str, source: str = "id", *, chosen: bool = True) -> Column:
    """Make a column of ids as the world sees them."""
    return Column(key, label, Kind.TEXT, (source,), lambda value: ids.public_id(prefix, value) if value else "", chosen)


def number(key: str, label: str | Promise, source: Source | None = None, *, chosen: bool = True) -> Column:
    """Make a column of whole numbers."""
    return Column(key, label, Kind.NUMBER, (source or key,), lambda value: value, chosen)


def moment(key: str, label: str | Promise, source: str, *, chosen: bool = True) -> Column:
    """Make a column of moments in UTC; its name must say so."""
    return Column(key, label, Kind.MOMENT, (source,), cells.moment, chosen)


def money(
    key: str, label: str | Promise, source: Source | None = None, *, chosen: bool = True
) -> tuple[Column, Column]:
    """Make the two columns of an amount: its decimals, and its minor units (`…_minor`)."""
    source = source or F(key)
    return (
        Column(key, label, Kind.DECIMAL, (source, "currency"), cells.decimal, chosen),
        Column(f"{key}_minor", label, Kind.NUMBER, (source,), lambda value: value, chosen),
    )


def reader(columns: Sequence[Column]) -> Callable[[Sequence[Any]], list[str | int | None]]:
    """Return what makes a row of cells of the values of all sources, which come in the columns' order."""
    places: list[tuple[Callable[..., str | int | None], int, int]] = []
    at = 0
    for column in columns:
        places.append((column.read, at, at + len(column.sources)))
        at += len(column.sources)

    def read(values: Sequence[Any]) -> list[str | int | None]:
        return [make(*values[start:end]) for make, start, end in places]

    return read


def sources(columns: Sequence[Column]) -> Iterator[Source]:
    """Yield all sources in the columns' order."""
    for column in columns:
        yield from column.sources
