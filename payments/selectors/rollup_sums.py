"""What the payments of a range of time add up to, by every facet: read from the payments themselves.

The one statement of it: the rollups are written from it, proved against it, and completed by it at the ends of a period
that begins or ends within a day.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from payments.domain.attempt import PAYING, UNDECIDED, AttemptState, MovementKind
from payments.domain.checkout import SWITCHED
from payments.domain.rollup import ENDED, LONGEST_KEY, PAID, SUCCEEDED, UNKNOWN, Answer, Facet, bounds
from payments.models import Mode

COLUMNS = (
    *("project_id", "mode", "day", "currency", "facet", "key", "word"),
    *("counted", "paid", "refunds", "disputes", "taken"),
    *("amount", "paid_amount", "captured", "refunded", "charged_back"),
)
"""What the statement's rows hold, in its order: the columns of a rollup."""


def _list(words: tuple[object, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_BOUNDS = ", ".join(str(bound) for bound in bounds())
_PAID = ", ".join(str(state) for state in PAID)
_ENDED_HERE = _list(("closed", "expired", SWITCHED))
_PAYING = _list(tuple(kind.value for kind in PAYING))
_UNDECIDED = _list(tuple(state.value for state in UNDECIDED))
_NOTHING = "0, 0, 0, 0, 0, 0, 0, 0, 0"

# A payment belongs to the UTC day on which it was created, with all that happened to it since.
STATEMENT = f"""
WITH chosen AS MATERIALIZED (
  SELECT id, project_id, mode, (created_at AT TIME ZONE 'UTC')::date AS day, currency, provider, method, type,
         business_state, created_at, winning_attempt_id, claimed_shop_transaction_id IS NULL AS has_ended,
         coalesce(nullif(left(additional_data->>'channel', {LONGEST_KEY}), ''), '{UNKNOWN}') AS channel,
         amount, captured, refunded_by_us + refunded_elsewhere AS refunded, charged_back,
         business_state IN ({_PAID}) AS is_paid
    FROM payments_payment
   WHERE project_id = ANY(%(projects)s) AND mode = ANY(%(modes)s)
     AND created_at >= %(since)s AND created_at < %(until)s
), disputed AS MATERIALIZED (
  SELECT DISTINCT m.payment_id FROM chosen c JOIN payments_movement m ON m.payment_id = c.id
   WHERE m.kind = '{MovementKind.CHARGED_BACK.value}'
), tries AS MATERIALIZED (
  SELECT c.id, c.project_id, c.mode, c.day, c.currency, a.id AS attempt_id, account.provider, a.decided_at,
         CASE WHEN a.decline_reason = '' THEN 'other' ELSE a.decline_reason END AS reason,
         CASE WHEN a.state = '{AttemptState.SUCCEEDED.value}' THEN '{Answer.SUCCEEDED.value}'
              WHEN a.state IN ({_UNDECIDED}) THEN '{Answer.OPEN.value}'
              WHEN a.state <> '{AttemptState.DECLINED.value}' THEN '{Answer.FAILED.value}'
              WHEN a.decline_code IN ({_ENDED_HERE}) THEN '{Answer.GIVEN_UP.value}'
              ELSE '{Answer.DECLINED.value}' END AS answer
    FROM chosen c JOIN payments_attempt a ON a.payment_id = c.id AND a.kind IN ({_PAYING})
    JOIN payments_provideraccount account ON account.id = a.provider_account_id
), last_word AS (
  SELECT id, max(decided_at) AS at, bool_or(answer = '{Answer.OPEN.value}') AS is_open FROM tries GROUP BY id
), decided AS (
  SELECT c.project_id, c.mode, c.day, c.currency, '{SUCCEEDED}' AS word, t.decided_at - c.created_at AS took
    FROM chosen c JOIN tries t ON t.attempt_id = c.winning_attempt_id WHERE t.decided_at IS NOT NULL
  UNION ALL
  SELECT c.project_id, c.mode, c.day, c.currency, '{ENDED}', l.at - c.created_at
    FROM chosen c JOIN last_word l ON l.id = c.id
   WHERE c.winning_attempt_id IS NULL AND c.has_ended AND NOT l.is_open AND l.at IS NOT NULL
)
SELECT project_id, mode, day, currency, facet, key, '' AS word, count(*), count(*) FILTER (WHERE is_paid),
       count(*) FILTER (WHERE refunded > 0), count(disputed.payment_id), count(*) FILTER (WHERE captured > 0),
       sum(amount), coalesce(sum(captured) FILTER (WHERE is_paid), 0), sum(captured), sum(refunded), sum(charged_back)
  FROM chosen c LEFT JOIN disputed ON disputed.payment_id = c.id
 CROSS JOIN LATERAL (VALUES ('{Facet.STATE.value}', business_state::text), ('{Facet.PROVIDER.value}', provider),
   ('{Facet.METHOD.value}', method), ('{Facet.CHANNEL.value}', channel), ('{Facet.TYPE.value}', type)) AS f (facet, key)
 GROUP BY project_id, mode, day, currency, facet, key
UNION ALL
SELECT project_id, mode, day, currency, '{Facet.ANSWER.value}', provider, answer, count(*), {_NOTHING}
  FROM tries GROUP BY project_id, mode, day, currency, provider, answer
UNION ALL
SELECT project_id, mode, day, currency, '{Facet.DECLINE.value}', reason, provider, count(*), {_NOTHING}
  FROM tries WHERE answer = '{Answer.DECLINED.value}' GROUP BY project_id, mode, day, currency, provider, reason
UNION ALL
SELECT project_id, mode, day, currency, '{Facet.FINAL.value}', bucket::text, word, count(*), {_NOTHING}
  FROM (SELECT *, width_bucket(greatest(extract(epoch FROM took), 0), ARRAY[{_BOUNDS}]) AS bucket FROM decided) d
 GROUP BY project_id, mode, day, currency, bucket, word
"""  # noqa: S608 - put together from the words of enums; everything else is a parameter


def parameters(
    projects: Sequence[uuid.UUID], modes: Sequence[str], since: dt.datetime, until: dt.datetime
) -> dict[str, Any]:
    """Return the statement's parameters: payments of these projects and modes, created from `since` on and before `until`."""
    return {"projects": list(projects), "modes": list(modes), "since": since, "until": until}


def day_of(at: dt.datetime) -> dt.date:
    """Return the UTC day of a moment."""
    return at.astimezone(dt.UTC).date()


def start_of(day: dt.date) -> dt.datetime:
    """Return the first moment of a UTC day."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def wrong_days(project_id: uuid.UUID, first: dt.date, last: dt.date) -> set[dt.date]:
    """Compare the rollups of these days with their payments, in one statement, so that all of it is of one moment.

    Only days that are closed and not marked: of the others it is known that they are behind.
    """
    columns = ", ".join(COLUMNS)
    wanted = parameters([project_id], Mode.values, start_of(first), start_of(last + dt.timedelta(days=1)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
WITH truth AS ({STATEMENT}), told AS (
  SELECT {columns} FROM payments_rollup WHERE project_id = %(project)s AND day BETWEEN %(first)s AND %(last)s
)
SELECT DISTINCT day FROM ((TABLE truth EXCEPT TABLE told) UNION ALL (TABLE told EXCEPT TABLE truth)) AS differing
  JOIN payments_rollupday AS closed USING (project_id, day)
 WHERE NOT closed.is_open
   AND NOT EXISTS (SELECT FROM payments_rollupmark m WHERE m.project_id = %(project)s AND m.day = closed.day)
""",  # noqa: S608 - put together from fixed names
            wanted | {"project": project_id, "first": first, "last": last},
        )
        return {day for (day,) in cursor}
