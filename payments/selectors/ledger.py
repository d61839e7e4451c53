"""The ledger proof: what is written about each payment in several places, compared; in portions, so memory stays flat."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from paymenthub.kernel import ids
from payments.domain.attempt import PAYING, UNDECIDED, AttemptKind, AttemptState, MovementKind, RefundState
from payments.models import Payment

PAYMENTS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one payment that is not as it must be.

    `what` is one of the words of docs/ledger.md, `about` the row it is found at (empty: the payment itself).
    `difference` is in minor units of `currency`, and 0 where no amount is wrong (a hole in the numbers).
    """

    payment_id: uuid.UUID
    project_id: uuid.UUID
    currency: str
    what: str
    about: str
    expected: int | str
    found: int | str
    difference: int

    @property
    def payment(self) -> str:
        """The payment's public id."""
        return ids.public_id(ids.PAYMENT, self.payment_id)

    @property
    def key(self) -> str:
        """What tells this finding from every other; the same in each proof."""
        return ":".join(part for part in (self.payment, self.what, self.about) if part)


@dataclass(frozen=True, slots=True)
class Portion:
    """So many payments compared, and what was found."""

    payments: int
    findings: list[Finding]


def walk(*, since: dt.datetime | None = None, size: int = PAYMENTS_AT_ONCE) -> Iterator[Portion]:
    """Compare every payment (or those that changed after `since`) by primary key, `size` at a time.

    No transaction spans two portions. A payment that is being changed meanwhile is seen before or after, never between.
    """
    after = uuid.UUID(int=0)
    while page := list(Payment.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "updated_at")[:size]):
        wanted = [pk for pk, updated_at in page if since is None or updated_at >= since]
        yield Portion(len(wanted), find(wanted))
        after = page[-1][0]


def find(payments: Collection[uuid.UUID]) -> list[Finding]:
    """Compare these payments in one statement, so that all of it is of the same moment."""
    if not payments:
        return []
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {"payments": list(payments)})
        return [_finding(*row) for row in cursor]


def _finding(
    payment: uuid.UUID, project: Any, currency: str, what: str, about: str, expected: str, found: str, difference: Any
) -> Finding:
    return Finding(payment, project, currency, what, about, _value(expected), _value(found), int(difference))


def _value(text: str) -> int | str:
    return int(text) if text.lstrip("-").isdecimal() else text


def _of(*kinds: MovementKind) -> str:
    words = ", ".join(f"'{kind.value}'" for kind in kinds)
    return f"coalesce(sum(amount) FILTER (WHERE kind IN ({words})), 0)"


def _id(prefix: str, column: str) -> str:
    return f"'{prefix}_' || replace({column}::text, '-', '')"


_UNDECIDED = ", ".join(f"'{state.value}'" for state in UNDECIDED)
_GIVEN_BACK = _of(MovementKind.REFUNDED, MovementKind.REFUNDED_ELSEWHERE, MovementKind.REFUND_REVERSED)
_PAYING = ", ".join(f"'{kind.value}'" for kind in PAYING)
_TAKING = ", ".join(f"'{kind.value}'" for kind in PAYING if kind is not AttemptKind.AUTHORIZE)
_YES = f"state = '{AttemptState.SUCCEEDED.value}'"
# Movements are the truth here: what they add up to is expected, what the other rows say is found. Every part reads by the
# payments' ids, over indexes; a change to a payment commits as one, so one statement never sees half of it.
STATEMENT = f"""
WITH checked AS MATERIALIZED (
  SELECT id, project_id, currency, authorized, captured, refunded_by_us, refund_reserved, refunded_elsewhere, charged_back,
         sequence
    FROM payments_payment WHERE id = ANY(%(payments)s)
), moved AS MATERIALIZED (
  SELECT id, payment_id, kind, amount, currency, evidence FROM payments_movement WHERE payment_id = ANY(%(payments)s)
), sums AS (
  SELECT payment_id,
         {_of(MovementKind.AUTHORIZED, MovementKind.RELEASED)} AS authorized,
         {_of(MovementKind.CAPTURED)} AS captured,
         -{_of(MovementKind.REFUNDED)} AS by_us,
         -{_of(MovementKind.REFUNDED_ELSEWHERE)} AS elsewhere,
         -{_GIVEN_BACK} AS refunded,
         -{_of(MovementKind.CHARGED_BACK, MovementKind.CHARGEBACK_WON)} AS charged_back
    FROM moved GROUP BY payment_id
), proved AS MATERIALIZED (
  SELECT payment_id, evidence,
         {_of(MovementKind.AUTHORIZED)} AS authorized, {_of(MovementKind.CAPTURED)} AS captured,
         -{_of(MovementKind.RELEASED)} AS released, -{_GIVEN_BACK} AS given_back, sum(abs(amount)) AS amount
    FROM moved WHERE starts_with(evidence, 'attempt:') GROUP BY payment_id, evidence
), attempts AS MATERIALIZED (
  SELECT id, payment_id, refund_id, kind, state, amount, currency,
         'attempt:' || replace(id::text, '-', '') AS evidence
    FROM payments_attempt WHERE payment_id = ANY(%(payments)s)
), worked AS MATERIALIZED (
  SELECT attempts.*, coalesce(proved.authorized, 0) AS authorized, coalesce(proved.captured, 0) AS captured,
         coalesce(proved.released, 0) AS released, coalesce(proved.given_back, 0) AS given_back
    FROM attempts LEFT JOIN proved USING (payment_id, evidence)
), refunds AS MATERIALIZED (
  SELECT r.id, r.payment_id, r.state, r.amount, r.currency, coalesce(sum(a.given_back), 0) AS given_back,
         CASE WHEN bool_or(a.state IN ({_UNDECIDED})) THEN '{RefundState.OPEN.value}'
              WHEN bool_or(a.{_YES}) THEN '{RefundState.SUCCEEDED.value}'
              ELSE '{RefundState.FAILED.value}' END AS by_attempts
    FROM payments_refund r LEFT JOIN worked a ON a.refund_id = r.id
   WHERE r.payment_id = ANY(%(payments)s) GROUP BY r.id
), reserved AS (
  SELECT payment_id, sum(amount) AS amount FROM refunds WHERE state = '{RefundState.OPEN.value}' GROUP BY payment_id
), transitions AS (
  SELECT payment_id, count(*) AS found, max(number) AS last, min(number) AS first
    FROM payments_transition WHERE payment_id = ANY(%(payments)s) GROUP BY payment_id
), events AS (
  SELECT payment_id, count(*) AS found, max(sequence) AS last, min(sequence) AS first
    FROM payments_outboxevent WHERE payment_id = ANY(%(payments)s) GROUP BY payment_id
), findings (payment_id, what, about, expected, found, difference) AS (
  SELECT c.id, t.what, '', t.expected::text, t.found::text, t.found - t.expected
    FROM checked c LEFT JOIN sums s ON s.payment_id = c.id LEFT JOIN reserved r ON r.payment_id = c.id
   CROSS JOIN LATERAL (VALUES
     ('authorized', coalesce(s.authorized, 0), c.authorized),
     ('captured', coalesce(s.captured, 0), c.captured),
     ('refunded', coalesce(s.refunded, 0), c.refunded_by_us + c.refunded_elsewhere),
     -- A reversal may come off either column, so that each alone is only bounded.
     ('refunded_by_us', least(coalesce(s.by_us, 0), c.refunded_by_us), c.refunded_by_us),
     ('refunded_elsewhere', least(coalesce(s.elsewhere, 0), c.refunded_elsewhere), c.refunded_elsewhere),
     ('charged_back', coalesce(s.charged_back, 0), c.charged_back),
     ('refund_reserved', coalesce(r.amount, 0), c.refund_reserved)
   ) t (what, expected, found)
   WHERE t.expected <> t.found
     AND (t.what NOT IN ('refunded_by_us', 'refunded_elsewhere')
          OR coalesce(s.refunded, 0) = c.refunded_by_us + c.refunded_elsewhere)
  UNION ALL
  SELECT payment_id, 'refund_state', {_id(ids.REFUND, "id")}, by_attempts, state, amount
    FROM refunds
   WHERE state <> by_attempts
     AND NOT (state = '{RefundState.REVERSED.value}' AND by_attempts = '{RefundState.SUCCEEDED.value}')
  UNION ALL
  SELECT payment_id, 'refund_moved', {_id(ids.REFUND, "id")}, expected::text, given_back::text, given_back - expected
    FROM (SELECT *, CASE WHEN state = '{RefundState.SUCCEEDED.value}' THEN amount ELSE 0 END AS expected FROM refunds) r
   WHERE given_back <> expected
  UNION ALL
  SELECT w.payment_id, t.what, {_id(ids.ATTEMPT, "w.id")}, t.expected::text, t.found::text, t.found - t.expected
    FROM worked w CROSS JOIN LATERAL (VALUES
     ('attempt_authorized', w.authorized,
      CASE WHEN {_YES} AND w.kind IN ({_PAYING})
           THEN w.amount ELSE 0 END),
     -- A provider may take an authorisation at once; then all of it.
     ('attempt_captured', w.captured,
      CASE WHEN {_YES} AND (w.kind IN ({_TAKING}, '{AttemptKind.CAPTURE.value}')
                            OR w.kind = '{AttemptKind.AUTHORIZE.value}' AND w.captured <> 0)
           THEN w.amount ELSE 0 END),
     -- An authorisation that its provider let go by itself is its own evidence.
     ('attempt_released', w.released,
      CASE WHEN {_YES} AND w.kind NOT IN ({_TAKING}, '{AttemptKind.REFUND.value}')
           THEN w.released ELSE 0 END),
     -- What a refund that succeeded has moved is compared with its refund.
     ('attempt_refunded', w.given_back,
      CASE WHEN {_YES} AND w.kind = '{AttemptKind.REFUND.value}' THEN w.given_back ELSE 0 END)
   ) t (what, found, expected)
   WHERE t.expected <> t.found
  UNION ALL
  SELECT p.payment_id, 'movement_without_attempt', left(p.evidence, 60), '0', p.amount::text, p.amount
    FROM proved p
   WHERE NOT EXISTS (SELECT FROM attempts a WHERE a.payment_id = p.payment_id AND a.evidence = p.evidence)
  UNION ALL
  SELECT c.id, 'currency', o.about, c.currency, o.currency, abs(o.amount)
    FROM checked c JOIN (
      SELECT payment_id, {_id("movement", "id")} AS about, currency, amount FROM moved
      UNION ALL SELECT payment_id, {_id(ids.ATTEMPT, "id")}, currency, amount FROM attempts
      UNION ALL SELECT payment_id, {_id(ids.REFUND, "id")}, currency, amount FROM refunds
    ) o ON o.payment_id = c.id
   WHERE o.currency <> c.currency
  UNION ALL
  SELECT c.id, 'transition_numbers', '', coalesce(t.last, 1)::text, coalesce(t.found, 0)::text, 0
    FROM checked c LEFT JOIN transitions t ON t.payment_id = c.id
   WHERE t.last IS NULL OR t.found <> t.last OR t.first <> 1
  UNION ALL
  SELECT payment_id, 'event_numbers', '', last::text, found::text, 0 FROM events WHERE found <> last OR first <> 1
  UNION ALL
  SELECT c.id, 'event_sequence', '', coalesce(e.last, 0)::text, c.sequence::text, 0
    FROM checked c LEFT JOIN events e ON e.payment_id = c.id WHERE c.sequence <> coalesce(e.last, 0)
)
SELECT c.id, c.project_id, c.currency, f.what, f.about, f.expected, f.found, f.difference
  FROM findings f JOIN checked c ON c.id = f.payment_id
 ORDER BY c.id, f.what, f.about
"""  # noqa: S608 - put together from the words of enums; the payments are a parameter
