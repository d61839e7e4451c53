"""Read the hub's rows; no row is ever changed."""

import datetime as dt
from typing import Any

import psycopg

from paymenthub.kernel import ids

from .world import HubAttempt, HubEvent, HubPayment

_UNDECIDED = "('READY', 'OPEN', 'PENDING', 'UNKNOWN')"
_WAITING = {
    "payments neither over nor paid": (
        "SELECT count(*) FROM payments_payment WHERE claimed_shop_transaction_id IS NOT NULL AND captured = 0"
    ),
    "holds": "SELECT count(*) FROM payments_payment WHERE authorized > captured",
    "undecided attempts": f"SELECT count(*) FROM payments_attempt WHERE state IN {_UNDECIDED}",
    "open refunds": "SELECT count(*) FROM payments_refund WHERE state = 'open'",
    "notifications not worked on": "SELECT count(*) FROM payments_inboxmessage WHERE state IN ('new', 'unmatched')",
    "events not published": "SELECT count(*) FROM payments_outboxevent WHERE published_at IS NULL",
    "callbacks not delivered": "SELECT count(*) FROM payments_delivery WHERE state <> 'delivered'",
}
_BACKLOG = (
    "SELECT (SELECT count(*) FROM payments_delivery WHERE state = 'due' AND tries = 0)"
    " + (SELECT count(*) FROM payments_inboxmessage WHERE state = 'new')"
)
_HISTORY = (
    "SELECT created_at, 'transition ' || event || ': ' || from_state || ' -> ' || to_state || ' by ' || source || ' '"
    " || evidence FROM payments_transition WHERE payment_id = %(id)s",
    "SELECT occurred_at, 'movement ' || kind || ' ' || amount || ' ' || evidence FROM payments_movement"
    " WHERE payment_id = %(id)s",
    "SELECT created_at, 'attempt ' || kind || ' ' || amount || ' is ' || state || ', sent ' || coalesce(sent_at::text, '-')"
    " || ', decided ' || coalesce(decided_at::text, '-') || ', checks ' || checks || ', lease ' ||"
    " coalesce(lease_until::text, '-') || ', next ' || coalesce(next_check_at::text, '-') || ', ' || decline_reason"
    " || ' ' || decline_code || ' ' || decline_message FROM payments_attempt WHERE payment_id = %(id)s",
    "SELECT created_at, 'refund ' || amount || ' is ' || state || ' ' || failure FROM payments_refund"
    " WHERE payment_id = %(id)s",
    "SELECT created_at, 'event ' || sequence || ' ' || type FROM payments_outboxevent WHERE payment_id = %(id)s",
    "SELECT created_at, 'notification ' || event_type || ' is ' || state || ' ' || error FROM payments_inboxmessage"
    " WHERE payment_id = %(id)s",
    "SELECT created_at, 'for a person: ' || kind || ' ' || evidence::text FROM payments_operatoritem"
    " WHERE payment_id = %(id)s",
)


class Rows:
    """The hub's database from outside."""

    def __init__(self, url: str) -> None:
        self._url = url

    def payments(self) -> tuple[HubPayment, ...]:
        """Return every payment."""
        statement = (
            "SELECT id, shop_transaction_id, state, claimed_shop_transaction_id IS NOT NULL, amount, authorized, captured,"
            " refunded_by_us + refunded_elsewhere, refund_reserved, charged_back, sequence FROM payments_payment"
        )
        return tuple(HubPayment(ids.public_id(ids.PAYMENT, id), *rest) for id, *rest in self._all(statement))

    def attempts(self) -> tuple[HubAttempt, ...]:
        """Return every attempt."""
        rows = self._all("SELECT payment_id, kind, state, amount, idempotency_key FROM payments_attempt")
        return tuple(HubAttempt(ids.public_id(ids.PAYMENT, id), *rest) for id, *rest in rows)

    def events(self) -> tuple[HubEvent, ...]:
        """Return every event with whether all its deliveries were made."""
        statement = (
            "SELECT e.payment_id, e.id, e.sequence, e.type, coalesce(bool_and(d.state = 'delivered'), false)"
            " FROM payments_outboxevent e LEFT JOIN payments_delivery d ON d.event_id = e.id GROUP BY e.id"
        )
        return tuple(
            HubEvent(ids.public_id(ids.PAYMENT, payment), ids.public_id(ids.EVENT, id), *rest)
            for payment, id, *rest in self._all(statement)
        )

    def waiting(self) -> list[str]:
        """Name what lies about undone."""
        counts = ((name, self._all(statement)[0][0]) for name, statement in _WAITING.items())
        return [f"the hub has {count} {name}" for name, count in counts if count]

    def backlog(self) -> int:
        """Count callbacks and notifications that no worker has come to yet."""
        return int(self._all(_BACKLOG)[0][0])

    def left_open(self) -> list[tuple[str, str, bool]]:
        """Return order, payment and whether money is held of payments that only the order system can end, and that
        nothing is going on with."""
        statement = (
            "SELECT p.shop_transaction_id, p.id, p.authorized > p.captured FROM payments_payment p"
            " WHERE (p.authorized > p.captured OR p.state = 'PAYMENT_PENDING') AND p.updated_at < now() - interval '8 s'"
            f" AND NOT EXISTS (SELECT 1 FROM payments_attempt a WHERE a.payment_id = p.id AND a.state IN {_UNDECIDED}"
            " AND NOT (a.state = 'PENDING' AND a.redirect_url <> '' AND p.authorized = 0))"
        )
        return [(order, ids.public_id(ids.PAYMENT, id), held) for order, id, held in self._all(statement)]

    def items(self) -> list[tuple[str, int]]:
        """Count what waits for a person, by kind."""
        return self._all("SELECT kind, count(*) FROM payments_operatoritem GROUP BY kind ORDER BY kind")

    def history(self, order: str) -> list[tuple[float, str]]:
        """Return everything that the hub wrote down about an order, with Unix times."""
        found: list[tuple[dt.datetime, str]] = []
        for (id,) in self._all("SELECT id FROM payments_payment WHERE shop_transaction_id = %(order)s", order=order):
            for statement in _HISTORY:
                found += self._all(statement, id=id)
        return sorted((at.timestamp(), text) for at, text in found)

    def _all(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(statement, values or None).fetchall()
