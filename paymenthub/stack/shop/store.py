"""Carts and orders, in one SQLite file."""

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TABLES = """
create table if not exists cart (visitor text, product text, quantity integer, primary key (visitor, product));
create table if not exists purchase (
    id text primary key, visitor text, made_at real, amount integer, lines text, email text,
    hub_id text default '', status text default 'NEW', source text default '', link text default ''
);
create table if not exists news (message_id text primary key, purchase text, at real, event text, status text);
"""
_NEVER_BACK = ("ACCEPTED", "FAILED")


@dataclass(frozen=True, slots=True)
class Order:
    """An order. `status` is NEW, PENDING, ACCEPTED or FAILED; `source` says who told so last."""

    id: str
    made_at: float
    amount: int
    lines: str
    email: str
    hub_id: str
    status: str
    source: str
    link: str


_COLUMNS = "id, made_at, amount, lines, email, hub_id, status, source, link"


class Store:
    """The file; safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        self._guard = threading.Lock()
        self._file = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        with self._guard:
            self._file.executescript(_TABLES)

    def cart(self, visitor: str) -> dict[str, int]:
        """Return how many of each product a visitor has."""
        rows = self._rows("select product, quantity from cart where visitor = ? order by rowid", visitor)
        return {row[0]: row[1] for row in rows}

    def put(self, visitor: str, product: str, quantity: int) -> None:
        """Set how many of a product a visitor has; 0 takes it out."""
        self._rows("insert or replace into cart values (?, ?, ?)", visitor, product, quantity)
        self._rows("delete from cart where visitor = ? and quantity < 1", visitor)

    def empty_cart(self, visitor: str) -> None:
        """Take everything out."""
        self._rows("delete from cart where visitor = ?", visitor)

    def add_order(self, id: str, visitor: str, amount: int, lines: str, email: str) -> Order:
        """Keep an order, once per id."""
        self._rows(
            "insert or ignore into purchase (id, visitor, made_at, amount, lines, email) values (?, ?, ?, ?, ?, ?)",
            id, visitor, time.time(), amount, lines, email,
        )  # fmt: skip
        order = self.order(id)
        assert order is not None  # noqa: S101 - it was just written
        return order

    def order(self, id: str) -> Order | None:
        """Find an order."""
        rows = self._rows(f"select {_COLUMNS} from purchase where id = ?", id)  # noqa: S608 - our own column names
        return Order(*rows[0]) if rows else None

    def orders(self, visitor: str) -> list[Order]:
        """List a visitor's orders, newest first."""
        rows = self._rows(
            f"select {_COLUMNS} from purchase where visitor = ? order by made_at desc limit 50",  # noqa: S608
            visitor,
        )
        return [Order(*row) for row in rows]

    def note_payment(self, id: str, hub_id: str, *, link: str = "") -> None:
        """Keep what the hub called it."""
        self._rows("update purchase set hub_id = ?, link = ? where id = ?", hub_id, link, id)

    def note_status(self, id: str, status: str, source: str) -> None:
        """Keep how the payment stands. What is accepted stays so; a failure may still become a late success."""
        keep = _NEVER_BACK if status == "PENDING" else _NEVER_BACK[:1]
        marks = ", ".join("?" * len(keep))
        self._rows(
            f"update purchase set status = ?, source = ? where id = ? and status not in ({marks})",  # noqa: S608
            status, source, id, *keep,
        )  # fmt: skip

    def note_news(self, message_id: str, id: str, event: str, status: str) -> bool:
        """Keep that a callback came; False for one that came before."""
        before = self._rows("select 1 from news where message_id = ?", message_id)
        self._rows("insert or ignore into news values (?, ?, ?, ?, ?)", message_id, id, time.time(), event, status)
        return not before

    def news(self, id: str) -> list[tuple[str, str]]:
        """List the callbacks of an order: event and status, oldest first."""
        rows = self._rows("select event, status from news where purchase = ? order by at", id)
        return [(row[0], row[1]) for row in rows]

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._guard:
            return self._file.execute(statement, values).fetchall()
