"""Tell what a request writes."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
ALLOWED = frozenset({"django_session", "backoffice_staffsession", "backoffice_accessrecord"})
"""What looking at a page may write: the session's time, and that somebody looked."""


@contextmanager
def written() -> Iterator[list[str]]:
    """Collect the tables that are written to meanwhile, those aside that may be."""
    tables: list[str] = []

    def watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        found = _WRITES.match(str(sql))
        if found and found[1] not in ALLOWED:
            tables.append(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables
