"""Keep everything in one SQLite file that survives SIGKILL.

There is one connection and it is used from the event loop's thread only, and no transaction spans an `await`: so there
is one writer at a time, and whoever looks sees whole transactions.
"""

import contextlib
import datetime
import pathlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator

SCHEMA = (pathlib.Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
KEPT_BY_RESET = ("accounts",)


class Store:
    """The file, its clock, and who wants to know that something was written."""

    def __init__(self, path: str) -> None:
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=5)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(SCHEMA)
        self._offset = float(self.meta("clock_offset") or 0)
        self.after_commit: list[Callable[[], None]] = []

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        """Execute one statement."""
        return self._db.execute(sql, values)

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Return the first row, if any."""
        row: sqlite3.Row | None = self.run(sql, *values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Return all rows."""
        return self.run(sql, *values).fetchall()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what happens inside as a whole, then wake the workers."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        for wake in self.after_commit:
            wake()

    def meta(self, name: str) -> str | None:
        """Return one remembered setting."""
        row = self.one("SELECT value FROM meta WHERE name = ?", name)
        return None if row is None else str(row["value"])

    def set_meta(self, name: str, value: str) -> None:
        """Remember one setting."""
        self.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, value)

    def now(self) -> float:
        """Return Sandpay's time in Unix seconds: the machine's, moved by `advance`."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        offset = self._offset + seconds
        self.set_meta("clock_offset", str(offset))
        self._offset = offset

    def reset(self) -> None:
        """Forget everything but the accounts."""
        for row in self.all("SELECT name FROM sqlite_master WHERE type = 'table'"):
            if row["name"] not in KEPT_BY_RESET:
                self.run(f"DELETE FROM {row['name']}")  # noqa: S608 - names come from our own schema
        self._offset = 0.0


def new_id(prefix: str) -> str:
    """Make an id nobody can guess."""
    return f"{prefix}_{secrets.token_hex(12)}"


def rfc3339(seconds: float) -> str:
    """Write a time as RFC 3339, UTC, with milliseconds."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
