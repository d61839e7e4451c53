"""Hold an answer back until the payment is decided, or the caller's patience ends."""

import time

from paymenthub.kernel import clock, db
from payments.domain.order_words import OrderStatus
from payments.models import OrderIntent
from payments.services.order_checkout import checkout_url

_PAUSE = 0.1  # seconds between looks


def wait_for_outcome(intent: OrderIntent, *, seconds: float) -> OrderIntent:
    """Return the intent as soon as it is decided or its customer must act, at the latest after so many seconds.

    No database connection is held meanwhile where there is a pool.
    """
    ends = clock.monotonic() + seconds
    while intent.status == OrderStatus.REQUESTED and not checkout_url(intent) and clock.monotonic() < ends:
        db.release_connection()
        time.sleep(_PAUSE)
        intent.refresh_from_db()
    return intent
