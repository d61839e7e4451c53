"""Rows out of the database: one server-side cursor in one snapshot, on a connection of its own."""

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from .columns import Column, reader, sources
from .formats import Row

_ROWS_AT_ONCE: Final = 2_000


class TooManyAtOnce(Exception):
    """The person has as many exports running as one may have."""


class Snapshot:
    """A connection whose reads are all of one moment. Closing it ends what it holds, also when the process dies."""

    def __init__(self, own: Any) -> None:
        self._own = own

    def take_place(self, user_id: int, places: int) -> None:
        """Take one of a person's places for as long as the connection lives. Raises TooManyAtOnce."""
        with self._own.cursor() as cursor:
            for place in range(places):
                cursor.execute(
                    "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"backoffice.export:{user_id}:{place}"]
                )
                if cursor.fetchone()[0]:
                    return
        raise TooManyAtOnce

    def rows(self, queryset: QuerySet[Any], columns: Sequence[Column], *, most: int) -> Iterator[Row]:
        """Yield the cells of at most `most` rows, in the queryset's order; the first ones before the last are read."""
        query = queryset.select_related(None).values_list(*sources(columns))[:most].query
        try:
            statement, parameters = query.get_compiler("default").as_sql()
        except EmptyResultSet:  # known to match nothing without asking: who sees no project, for one
            return
        read = reader(columns)
        with self._own.cursor(name=f"export_{uuid.uuid4().hex}") as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            cursor.execute(statement, parameters)
            for values in cursor:
                yield read(values)


@contextlib.contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Open one, outside of the pool: an export takes minutes, and its generator may move between threads."""
    own = connection.copy()
    own.settings_dict["OPTIONS"].pop("pool", None)
    own.inc_thread_sharing()
    try:
        own.connect()
        link = own.connection
        link.set_autocommit(False)
        link.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        link.set_read_only(True)
        yield Snapshot(link)
    finally:
        own.close()


def count_up_to(queryset: QuerySet[Any], most: int) -> int:
    """Count rows, but no further than one beyond `most`."""
    return queryset.order_by()[: most + 1].count()
