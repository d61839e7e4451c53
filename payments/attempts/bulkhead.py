"""A bulkhead per provider account: a slow PSP fills its own compartment and not the whole process."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from paymenthub.kernel.errors import Busy

_guard = threading.Lock()
_in_flight: dict[uuid.UUID, int] = {}


@contextmanager
def slot(account_id: uuid.UUID) -> Iterator[None]:
    """Hold one of the account's places in this process; Busy, with nothing sent, when all are taken."""
    with _guard:
        taken = _in_flight.get(account_id, 0)
        if taken >= settings.PSP_MAX_IN_FLIGHT:
            raise Busy("Too many requests to this provider are under way. Nothing was sent; try again shortly.")
        _in_flight[account_id] = taken + 1
    try:
        yield
    finally:
        with _guard:
            left = _in_flight[account_id] - 1
            if left:
                _in_flight[account_id] = left
            else:
                del _in_flight[account_id]
