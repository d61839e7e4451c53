"""Renewals: how many due subscriptions a second are charged, and what one costs while more and more are held.

Command line: python -m bench.renewals [--held N ...] [--due N] [--workers N]
"""

import argparse
import datetime as dt
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg

from paymenthub.stack.layout import ROOT

from . import machine
from .stage import Stage, stage

_COLUMNS = (
    "id", "created_at", "project_id", "mode", "shop_subscription_id", "claimed_shop_subscription_id", "shop_transaction_id",
    "provider", "method", "provider_account_id", "token", "run_by", "amount", "currency", "interval", "interval_count",
    "anchor_on", "anchor_day", "anchor_period", "renew_time", "timezone", "state", "machine", "machine_version",
    "business_state", "period", "dunning_step", "paid_until_period", "payments_made", "next_payment_on", "next_due_at",
    "expire_requested", "end_reason", "description", "buyer", "additional_data", "locale", "success_redirect_url",
    "failure_redirect_url", "callback_url", "sequence", "updated_at",
)  # fmt: skip
_PLAN = """
    EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)
    SELECT id FROM payments_subscription WHERE next_due_at <= now()
    ORDER BY next_due_at, id LIMIT 20 FOR NO KEY UPDATE SKIP LOCKED
"""


def main() -> int:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.renewals", description=__doc__.splitlines()[0])
    parser.add_argument("--held", type=int, nargs="*", default=[10_000, 100_000, 1_000_000], help="held, not due")
    parser.add_argument("--due", type=int, default=10_000, help="due at once, of each size")
    parser.add_argument("--workers", type=int, default=2, help="processes that renew")
    arguments = parser.parse_args()
    for line in machine.describe():
        print(line)
    print(f"\n{'held':>12}{'due':>10}{'seconds':>10}{'per second':>12}{'ms each, of one worker':>24}")
    with stage(pool=0) as ready:
        there = 0
        for held in arguments.held:
            _fill(ready, first=there, last=held, due=False)
            there = max(there, held)
            _fill(ready, first=0, last=arguments.due, due=True)
            took = _renew(ready, arguments.workers)
            _all_done(ready)
            each = took * arguments.workers / arguments.due * 1000
            print(f"{held:>12,}{arguments.due:>10,}{took:>10.1f}{arguments.due / took:>12.0f}{each:>24.1f}", flush=True)
        _fill(ready, first=0, last=100, due=True)
        print("\nThe query for what is due:\n" + _explain(ready))
    return 0


def _renew(ready: Stage, workers: int) -> float:
    """Renew all that is due, in so many processes; return the seconds from the first one's start to the last one's end."""
    began = time.perf_counter()
    running = [
        subprocess.Popen([sys.executable, "-m", "django", "bench_renew"], cwd=ROOT, env=ready.environment)
        for _ in range(workers)
    ]
    if any(process.wait() for process in running):
        raise RuntimeError("a worker failed; see its output above")
    return time.perf_counter() - began


def _all_done(ready: Stage) -> None:
    with psycopg.connect(ready.database_url) as connection:
        left = connection.execute(
            "SELECT count(*) FROM payments_subscription WHERE next_due_at <= now() OR state <> 'ACTIVE'"
        ).fetchone()
        twice = connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM payments_payment GROUP BY subscription_id, subscription_period "
            "HAVING count(*) > 1) AS twice"
        ).fetchone()
    if left != (0,) or twice != (0,):
        raise RuntimeError(f"{left} are left undone, {twice} were charged twice")


def _explain(ready: Stage) -> str:
    with psycopg.connect(ready.database_url) as connection:
        return "\n".join(f"  {row[0]}" for row in connection.execute(_PLAN).fetchall())


def _fill(ready: Stage, *, first: int, last: int, due: bool) -> None:
    with psycopg.connect(ready.database_url, autocommit=True) as connection:
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY payments_subscription ({', '.join(_COLUMNS)}) FROM STDIN") as copy,
        ):
            for row in _rows(ready, first, last, due=due):
                copy.write_row(row)
        connection.execute("VACUUM ANALYZE payments_subscription")


def _rows(ready: Stage, first: int, last: int, *, due: bool) -> Iterator[tuple[Any, ...]]:
    """Make monthly subscriptions, the due ones since an hour, the others in the weeks to come."""
    now = dt.datetime.now(dt.UTC)
    for number in range(first, last):
        renewal = now - dt.timedelta(hours=1) if due else now + dt.timedelta(days=1 + number % 27)
        anchor = renewal.date() - dt.timedelta(days=31)
        anchor = anchor.replace(
            day=min(renewal.day, 28), month=renewal.month - 1 or 12, year=renewal.year - (renewal.month == 1)
        )
        name = f"{'due' if due else 'held'}-{uuid.uuid4().hex}"
        yield (
            uuid.uuid4(), now, ready.merchant.project, "test", name, name, name, "instant", "credit-cards",
            ready.merchant.account, f"tok_{name}", "hub", 990, "EUR", "MONTH", 1, anchor, renewal.day, 1,
            renewal.time().replace(microsecond=0), "UTC", "ACTIVE", "subscription", 1, 1, 1, 0, 1, 1, renewal.date(), renewal,
            False, "", "", "{}", "{}", "", "", "", "", 0, now,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
