"""A card of the dashboard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .drawings import Drawing
from .numbers import Numbers
from .table import Table


@dataclass(frozen=True, slots=True)
class Chart:
    """What a card shows: a table, and a drawing of it; without one, nothing is there to draw."""

    table: Table
    drawing: Drawing | None
    note: str = ""
    shown: Table | None = None
    """The table that the page shows where the whole one is too long for it; the file has the whole one."""

    @property
    def page_table(self) -> Table:
        """The table that the page shows."""
        return self.shown or self.table


@dataclass(frozen=True, slots=True)
class CardKind:
    """One kind of card. `key` is its name in addresses, files and layouts. `title` and `help` are translated when shown."""

    key: str
    title: Any
    help: Any
    make: Callable[[Numbers], Chart]
    is_wide: bool = False
    is_live: bool = False
    """Whether it tells how things stand now, whatever the period."""
