"""Transactions: who is in one, giving connections back, running one again after a deadlock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, connections, transaction

T = TypeVar("T")

_SERIALIZATION_FAILURE = "40001"
_DEADLOCK_DETECTED = "40P01"
# A lock timeout (55P03) is not among them: the holder may wait for a provider, and trying again only queues up.
_RUN_AGAIN = frozenset({_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED})
_FIRST_PAUSE = 0.02  # seconds
_LONGEST_PAUSE = 1.0


def in_transaction(using: str = "default") -> bool:
    """Tell whether this thread has a transaction open, the test case's own wrapper not counted."""
    if not settings.configured:
        return False  # nobody can have opened one, and drivers may be used without Django
    connection = connections[using]
    if connection.atomic_blocks:
        return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
    return connection.connection is not None and not connection.autocommit


def release_connection(using: str = "default") -> None:
    """Give a pooled connection back before waiting for a network.

    Does nothing inside an atomic block, and nothing without a pool: a thread's own connection would only be made anew.
    """
    connection = connections[using]
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()


def durable(using: str = "default") -> transaction.Atomic:
    """Open a transaction that really commits at its end; RuntimeError when nested in another one."""
    return transaction.atomic(using=using, durable=True)


def set_lock_timeout(milliseconds: int, using: str = "default") -> None:
    """Bound the wait for each lock until the current transaction ends; RuntimeError outside of one."""
    connection = connections[using]
    if not connection.in_atomic_block:
        raise RuntimeError("A lock timeout is set for a transaction, and none is open.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{int(milliseconds)}ms"])


def retry_serialization(
    function: Callable[[], T], attempts: int = 5, *, using: str = "default", sleep: Callable[[float], None] = time.sleep
) -> T:
    """Run a function that holds one whole transaction; run it again after a deadlock or serialization failure.

    The function is called up to `attempts` times, so everything it does outside the database must bear repeating.
    Raises RuntimeError inside a transaction, where only the outermost block could be run again.
    """
    if in_transaction(using):
        raise RuntimeError("Only a whole transaction can be run again, and one is open already.")
    for attempt in range(1, attempts):
        try:
            return function()
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _RUN_AGAIN:
                raise
        longest = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
        sleep(random.uniform(longest / 4, longest))  # noqa: S311 - jitter, no secret
    return function()
