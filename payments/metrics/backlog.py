"""What waits, read from the database at each scrape: one statement over partial indexes, so its cost follows the backlog."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from payments.domain.attempt import UNDECIDED, AttemptState, ItemKind

logger = logging.getLogger(__name__)

_SECONDS_TO_CONNECT = 2
_MILLISECONDS_TO_ANSWER = 2000

# The layer below the models cannot name them; a test holds these names against the models, and the plan against the indexes.
_UNDECIDED = ", ".join(f"'{state.value}'" for state in UNDECIDED)
STATEMENT = f"""
SELECT 'attempts_in_doubt', '', count(*) FILTER (WHERE state = '{AttemptState.UNKNOWN.value}'), NULL::float
  FROM payments_attempt WHERE state IN ({_UNDECIDED})
UNION ALL
SELECT 'attempts_undecided', '', count(*), NULL FROM payments_attempt WHERE state IN ({_UNDECIDED})
UNION ALL
SELECT 'inbox_waiting', '', count(*), extract(epoch FROM now() - min(created_at))
  FROM payments_inboxmessage WHERE state IN ('new', 'unmatched')
UNION ALL
SELECT 'outbox_unpublished', '', count(*), extract(epoch FROM now() - min(created_at))
  FROM payments_outboxevent WHERE published_at IS NULL
UNION ALL
SELECT 'deliveries_due', '', count(*), extract(epoch FROM now() - min(created_at))
  FROM payments_delivery WHERE state = 'due'
UNION ALL
SELECT 'saga_commands_due', '', count(*), extract(epoch FROM now() - min(created_at))
  FROM payments_sagacommand WHERE state = 'due'
UNION ALL
SELECT 'saga_commands_failed', '', count(*), NULL FROM payments_sagacommand WHERE state = 'failed'
UNION ALL
SELECT 'operator_items_open', kind, count(*), NULL FROM payments_operatoritem WHERE resolved_at IS NULL GROUP BY kind
UNION ALL
SELECT 'card_testing_guard', '', count(*), NULL FROM payments_guardtrip WHERE until > now()
UNION ALL
SELECT 'rollup_days_wrong', '', count(*), NULL FROM payments_rollupday WHERE found_wrong_at IS NOT NULL
UNION ALL
SELECT 'ledger_imbalance_minor', '', coalesce(sum(abs((evidence->>'difference')::numeric)), 0), NULL
  FROM payments_operatoritem WHERE resolved_at IS NULL AND kind = '{ItemKind.LEDGER_IMBALANCE.value}'
"""  # noqa: S608 - put together from the words of an enum
GAUGES = {
    "attempts_in_doubt": "Operations that may have reached a provider, and nobody knows.",
    "attempts_undecided": "Operations that still await a provider's verdict, those in doubt among them.",
    "inbox_waiting": "Notifications that are kept and not understood yet.",
    "outbox_unpublished": "Events that the relay has not handed on yet.",
    "deliveries_due": "Callbacks that are not delivered and not given up.",
    "saga_commands_due": "Steps of the saga and side effects that are not carried out and not given up.",
    "saga_commands_failed": "Steps of the saga and side effects that were given up, until they are tried again.",
    "operator_items_open": "What waits for a person, by kind.",
    "card_testing_guard": "Addresses and projects whose new tries the card-testing guard holds back now.",
    "rollup_days_wrong": "Days whose sums for the dashboard the last proof found wrong, and mended.",
    "ledger_imbalance_minor": "What the open findings of the ledger proof are off by, in minor units; 0 when right.",
}
BREAKERS = (
    "paymenthub_breakers_open",
    "Provider accounts whose provider does not answer, so that nothing new is sent to it, by provider.",
)
AGED = ("inbox_waiting", "outbox_unpublished", "deliveries_due", "saga_commands_due")
UP = ("paymenthub_database_up", "Whether the database answered this scrape; at 0 the gauges of what waits are missing.")

Row = tuple[str, str, int, float | None]
Read = Callable[[], list[Row]]


def read(using: BaseDatabaseWrapper | None = None) -> list[Row]:
    """Return (what, kind, count, age of the oldest in seconds). Raises DatabaseError, after a few seconds at most.

    Without `using` it connects by itself: a pool that is used up, or waits for a dead server, does not hold it back.
    """
    if using is not None:
        return _rows(using)
    with closing(_own_connection()) as own:
        return _rows(own)


class Backlog(Collector):
    """Gauges of what waits. They come from the database and not from a process: each scrape has them once."""

    def __init__(self, source: Read = read) -> None:
        self._read = source

    def describe(self) -> list[GaugeMetricFamily]:
        """Name nothing beforehand, so that registering asks no database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; of a database that does not answer, only that."""
        try:
            rows = self._read()
        except (DatabaseError, OSError) as error:
            logger.warning("the backlog could not be read for a scrape", extra={"cause": type(error).__name__})
            rows = None
        yield GaugeMetricFamily(*UP, value=0 if rows is None else 1)
        if rows is not None:
            yield from _families(rows)


def _families(rows: list[Row]) -> Iterator[GaugeMetricFamily]:
    counts = {(what, kind): count for what, kind, count, _ in rows}
    ages = {what: age or 0.0 for what, _, _, age in rows}
    for what, text in GAUGES.items():
        if what == "operator_items_open":
            family = GaugeMetricFamily(f"paymenthub_{what}", text, labels=["kind"])
            for kind in ItemKind:
                family.add_metric([kind.value], counts.get((what, kind.value), 0))
            yield family
            continue
        yield GaugeMetricFamily(f"paymenthub_{what}", text, value=counts[what, ""])
        if what in AGED:
            yield GaugeMetricFamily(f"paymenthub_{what}_oldest_seconds", "Age of the oldest of them.", value=ages[what])


def _rows(using: BaseDatabaseWrapper) -> list[Row]:
    with using.cursor() as cursor:
        cursor.execute(STATEMENT)
        return [(what, kind, int(count), None if age is None else float(age)) for what, kind, count, age in cursor]


def _own_connection() -> BaseDatabaseWrapper:
    own = connection.copy()
    options: dict[str, Any] = own.settings_dict["OPTIONS"]
    options.pop("pool", None)
    options["connect_timeout"] = _SECONDS_TO_CONNECT
    options["options"] = f"{options.get('options', '')} -c statement_timeout={_MILLISECONDS_TO_ANSWER}".strip()
    return own
