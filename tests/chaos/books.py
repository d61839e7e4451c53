"""Read the PSP's own books: its file, opened for reading only. Nothing of the hub is asked."""

import sqlite3
from pathlib import Path

from .world import Entry


class Books:
    """What really moved, and what the PSP has not finished."""

    def __init__(self, file: Path) -> None:
        self._uri = f"{file.as_uri()}?mode=ro"

    def entries(self) -> tuple[Entry, ...]:
        """Return the whole ledger, oldest first."""
        rows = self._all(
            "SELECT kind, reference, payment, coalesce(idempotency_key, ''), amount FROM ledger ORDER BY id"
        )
        return tuple(Entry(*row) for row in rows)

    def waiting(self) -> list[str]:
        """Name what the PSP will still do by itself."""
        webhooks = self._all("SELECT count(*) FROM deliveries WHERE state IN ('pending', 'early')")[0][0]
        jobs = self._all("SELECT count(*) FROM jobs")[0][0]
        names = {"webhooks on their way": webhooks, "payments or refunds that settle later": jobs}
        return [f"the PSP has {count} {name}" for name, count in names.items() if count]

    def history(self, order: str) -> list[tuple[float, str]]:
        """Return what happened to an order at the PSP, with Unix times."""
        moves = self._all("SELECT created, 'ledger ' || kind || ' ' || amount FROM ledger WHERE reference = ?", order)
        hooks = self._all(
            "SELECT a.at, 'webhook ' || e.type || ' ' || coalesce(d.fault, '') || ' -> ' || coalesce(a.status, a.error)"
            " FROM delivery_attempts a JOIN deliveries d ON d.id = a.delivery JOIN events e ON e.id = d.event"
            " JOIN payments p ON p.id = d.payment WHERE p.reference = ?",
            order,
        )
        return sorted([*moves, *hooks])

    def _all(self, statement: str, *values: object) -> list[tuple]:
        connection = sqlite3.connect(self._uri, uri=True, timeout=10)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()
