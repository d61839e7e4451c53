"""Idempotency keys: one key, one piece of work, one answer.

A key is claimed in the transaction that writes the work down (T1) and answered in the one that records the outcome (T2).
A crash in between leaves a claim that names its attempt, so that the answer can be told from how the attempt stands.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from paymenthub.kernel import clock
from paymenthub.kernel.errors import IdempotencyInFlight, IdempotencyKeyReused

from .locks import is_leased
from .models import Attempt, IdempotencyRecord, Payment

Rendered = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A request's key.

    `is_same` compares a stored fingerprint, also one made under an older encryption key. `render` makes status and body
    of an attempt's outcome; None: not to be kept (retryable). `render_payment` does so for a payment that was written
    down without an attempt, since a step before its charge was to end first.
    """

    project_id: uuid.UUID
    mode: str
    api_key_id: uuid.UUID
    key: str
    fingerprint: str
    is_same: Callable[[str], bool]
    render: Callable[[Attempt | None], Rendered | None]
    render_payment: Callable[[Payment], Rendered | None] = lambda payment: None

    def take(self, attempt: Attempt | None) -> None:
        """Claim the key for an attempt, inside the transaction that writes it down. IntegrityError when it is taken."""
        self._take(attempt=attempt)

    def take_for(self, payment: Payment) -> None:
        """Claim the key for a payment that has no attempt yet; it is answered by how the payment stands when asked."""
        self._take(payment=payment)

    def _take(self, *, attempt: Attempt | None = None, payment: Payment | None = None) -> None:
        # A key whose time is over but whose row was not purged yet is free.
        IdempotencyRecord.objects.filter(
            project_id=self.project_id, mode=self.mode, key=self.key, expires_at__lte=clock.now()
        ).delete()
        IdempotencyRecord.objects.create(
            project_id=self.project_id,
            mode=self.mode,
            api_key_id=self.api_key_id,
            key=self.key,
            fingerprint=self.fingerprint,
            attempt=attempt,
            payment=payment,
            expires_at=clock.now() + dt.timedelta(hours=settings.IDEMPOTENCY_HOURS),
        )

    def settle(self, attempt: Attempt | None) -> None:
        """Store the answer, inside the transaction that records the outcome; a retryable one frees the key."""
        rendered = self.render(attempt)
        if rendered is None:
            self._rows().delete()
        else:
            self._rows().update(status=rendered[0], body=rendered[1])

    def replay(self) -> Rendered | None:
        """Return what this key was answered before; None when it is new.

        Raises `IdempotencyKeyReused` for other content and `IdempotencyInFlight` while the first request still runs.
        """
        record = self._rows().select_related("attempt__payment", "attempt__refund", "payment").first()
        if record is None:
            return None
        if not self.is_same(record.fingerprint):
            raise IdempotencyKeyReused("This Idempotency-Key was used for another request.", param="Idempotency-Key")
        if record.status is not None:
            return record.status, record.body or {}
        if record.payment is not None:
            return self.render_payment(record.payment)
        if record.attempt is None or is_leased(record.attempt):
            raise IdempotencyInFlight("The first request with this Idempotency-Key is still running.")
        # Its process died between the two transactions: how the attempt stands is what it would have been told.
        return self.render(record.attempt)

    def _rows(self) -> Any:
        now = clock.now()
        rows = IdempotencyRecord.objects.filter(project_id=self.project_id, mode=self.mode, key=self.key)
        return rows.filter(expires_at__gt=now)


def purge(*, limit: int = 10_000) -> int:
    """Delete records whose time is over, at most so many at once; return how many."""
    over = IdempotencyRecord.objects.filter(expires_at__lte=clock.now()).order_by("expires_at")
    deleted, _ = IdempotencyRecord.objects.filter(pk__in=over.values_list("pk", flat=True)[:limit]).delete()
    return deleted
