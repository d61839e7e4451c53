"""What PostgreSQL itself counted: commits, rows, WAL and flushes."""

from dataclasses import dataclass, fields

import psycopg

_COUNTERS = """
SELECT (SELECT count(*) FROM payments_payment),
       d.xact_commit, d.tup_inserted, d.tup_updated, w.wal_bytes::bigint,
       (SELECT sum(fsyncs)::bigint FROM pg_stat_io WHERE object = 'wal')
  FROM pg_stat_database AS d, pg_stat_wal AS w WHERE d.datname = current_database()
"""

_GROWING = (
    "payments_payment",
    "payments_attempt",
    "payments_transition",
    "payments_movement",
    "payments_pspreference",
    "payments_outboxevent",
)


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals; the difference of two, divided by the payments between them, is what one payment costs."""

    payments: int
    commits: int
    inserted: int
    updated: int
    wal_bytes: int
    flushes: int

    def per_payment(self, before: "Counters") -> dict[str, float]:
        """Say what one payment cost since `before`."""
        number = self.payments - before.payments
        return {
            item.name: (getattr(self, item.name) - getattr(before, item.name)) / number
            for item in fields(self)
            if item.name != "payments"
        }


def read(database_url: str) -> Counters:
    """Read them, after a checkpoint, so that no side pays for pages the other one made dirty.

    A backend tells its numbers when it ends: whoever is measured must have closed its connections.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute(_COUNTERS).fetchone()
    assert row is not None
    return Counters(*row)


def clear(database_url: str) -> None:
    """Empty the tables that grow, so that every measurement begins with the same."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("TRUNCATE payments_payment CASCADE")
        connection.execute("VACUUM ANALYZE")


def settings(database_url: str) -> str:
    """Name the server and what decides its speed."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT concat('PostgreSQL ', current_setting('server_version'), ', fsync ', current_setting('fsync'), "
            "' (', current_setting('wal_sync_method'), '), synchronous_commit ', current_setting('synchronous_commit'), "
            "', shared_buffers ', current_setting('shared_buffers'), ', socket on the same machine')"
        ).fetchone()
    assert row is not None
    return str(row[0])


def size(database_url: str) -> str:
    """Tell what one payment takes on disk, in tables and in indexes."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT sum(pg_table_size(oid)) / (SELECT count(*) FROM payments_payment), "
            "sum(pg_indexes_size(oid)) / (SELECT count(*) FROM payments_payment) "
            "FROM pg_class WHERE relkind = 'r' AND relname = ANY(%s)",
            [list(_GROWING)],
        ).fetchone()
    assert row is not None
    return f"{row[0]:,.0f} bytes of tables and {row[1]:,.0f} of indexes"
