"""Empty the database between tests by what is in it: a TRUNCATE of fifty tables costs more than most tests do.

Django truncates every table after each test that commits. Here only tables that hold
rows are emptied, with triggers and foreign keys at rest, so that append-only tables are emptied too. Needs a superuser;
elsewhere Django's own way is taken.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations

_truncate = DatabaseOperations.sql_flush


def _sql_flush(
    self: DatabaseOperations,
    style: Any,
    tables: list[str],
    *,
    reset_sequences: bool = False,
    allow_cascade: bool = False,
) -> list[str]:
    connection = self.connection
    if reset_sequences or not tables or not _may_rest_triggers(connection):
        return _truncate(self, style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
    quoted = [self.quote_name(table) for table in tables]
    filled = " UNION ALL ".join(f"SELECT {n} WHERE EXISTS (SELECT FROM {name})" for n, name in enumerate(quoted))
    with connection.cursor() as cursor:
        cursor.execute(filled)
        found = [quoted[n] for (n,) in cursor]
    deletes = [f"DELETE FROM {name}" for name in found]
    return ["SET LOCAL session_replication_role = replica", *deletes] if deletes else []


def _may_rest_triggers(connection: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


@pytest.fixture(scope="session", autouse=True)
def empty_what_is_filled() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _sql_flush)
        yield
    connections.close_all()
