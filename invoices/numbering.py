"""Gapless numbers: taken under a row lock, in the transaction that issues the document.

The lock is the UPDATE's own: whoever comes second waits until the first commits (and counts on) or rolls back (and gets
the same number). So take a number last, and do nothing slow after it.
"""

import uuid

from django.db import connection

from paymenthub.kernel import clock, ids

from .models import NumberSeries

_TAKE = """
INSERT INTO {table} AS series (id, created_at, project_id, mode, series, year, last)
VALUES (%s, %s, %s, %s, %s, %s, 1)
ON CONFLICT (project_id, mode, series, year) DO UPDATE SET last = series.last + 1
RETURNING last
"""


def take(*, project_id: uuid.UUID, mode: str, series: str, year: int) -> int:
    """Take the next number of a series; the caller's transaction keeps it or gives it back. RuntimeError outside of one."""
    if not connection.in_atomic_block:
        raise RuntimeError("A number belongs to the transaction that issues, and none is open.")
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE.format(table=NumberSeries._meta.db_table),
            [ids.new_uuid(), clock.now(), project_id, mode, series, year],
        )
        (number,) = cursor.fetchone()
    return int(number)
