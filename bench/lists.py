"""Lists of the API over many rows: the first page beside a page deep inside, for each filter.

Command line: python -m bench.lists [--rows N] [--rounds N]
"""

import argparse
import datetime as dt
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import django
import psycopg
from django.test import Client

from . import machine
from .stage import Stage, stage

_START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_PAYMENT = (
    "id", "created_at", "project_id", "mode", "shop_transaction_id", "claimed_shop_transaction_id", "type", "amount",
    "currency", "capture_mode", "provider", "method", "provider_account_id", "provider_payment_id", "state", "machine",
    "machine_version", "business_state", "authorized", "captured", "refunded_by_us", "refund_reserved", "refunded_elsewhere",
    "charged_back", "description", "buyer", "additional_data", "locale", "success_redirect_url", "failure_redirect_url",
    "callback_url", "sequence", "updated_at", "saga_metadata",
)  # fmt: skip
_EVENT = ("id", "created_at", "project_id", "payment_id", "mode", "sequence", "type", "body", "published_at")


@dataclass(frozen=True, slots=True)
class Case:
    """One list: its path, its filters, and where a deep page begins."""

    name: str
    path: str
    query: dict[str, str]
    cursor: str


def main() -> int:
    """Fill the tables, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.lists", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="payments, with an event each")
    parser.add_argument("--rounds", type=int, default=200, help="requests of each page")
    arguments = parser.parse_args()
    for line in machine.describe():
        print(line)
    with stage(pool=0) as ready:
        began = time.perf_counter()
        _fill(ready, arguments.rows)
        print(
            f"rows         {arguments.rows:,} payments and as many events, copied in {time.perf_counter() - began:.0f} s\n"
        )
        os.environ.update(ready.environment)
        django.setup()
        print(f"{'list':34}{'first page':>22}{'deep page':>22}   p50 / p95, ms; rows")
        for case in _cases(arguments.rows):
            print(_measure(ready, case, arguments.rounds))
    return 0


def _fill(ready: Stage, rows: int) -> None:
    with psycopg.connect(ready.database_url) as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE payments_payment CASCADE")
        with cursor.copy(f"COPY payments_payment ({', '.join(_PAYMENT)}) FROM STDIN") as copy:
            for row in _payments(ready, rows):
                copy.write_row(row)
        with cursor.copy(f"COPY payments_outboxevent ({', '.join(_EVENT)}) FROM STDIN") as copy:
            for row in _events(ready, rows):
                copy.write_row(row)
    with psycopg.connect(ready.database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE payments_payment")
        connection.execute("VACUUM ANALYZE payments_outboxevent")


def _id(number: int, kind: int = 0) -> uuid.UUID:
    return uuid.UUID(int=(number << 64) | (7 << 76) | (kind << 60) | number)


def _at(number: int) -> dt.datetime:
    return _START + dt.timedelta(seconds=10 * number)


def _payments(ready: Stage, rows: int) -> Iterator[tuple[Any, ...]]:
    """Make a year's payments: one of a thousand pending, one of twenty failed, one of ten thousand at another provider."""
    dice = random.Random(1)
    for number in range(rows):
        pending, failed = number % 1000 == 7, number % 20 == 3
        amount = dice.randint(1, 500_000)
        state = "PAYMENT_PENDING" if pending else "PAYMENT_FAILED" if failed else "PAYMENT_EXECUTED"
        taken = 0 if pending or failed else amount
        rare = number % 10_000 == 1
        yield (
            _id(number), _at(number), ready.merchant.project, "test", f"order-{number}", None if failed else f"order-{number}",
            "DIRECT", amount, "EUR", "automatic", "rare" if rare else "instant", "wallet" if rare else "credit-cards",
            ready.merchant.account, f"in_{number}", state, "payment", 1, 0, taken, taken, 0, 0, 0, 0, "", "{}", "{}", "", "", "",
            "", 1, _at(number), "{}",
        )  # fmt: skip


def _events(ready: Stage, rows: int) -> Iterator[tuple[Any, ...]]:
    for number in range(rows):
        kind = "payment.charged_back" if number % 10_000 == 1 else "payment.captured"
        at = _at(number)
        yield _id(number, 1), at, ready.merchant.project, _id(number), "test", 1, kind, "{}", at


def _cases(rows: int) -> Iterator[Case]:
    # Imported once Django is set up.
    from payments.api.pagination import write_cursor
    from payments.selectors.keyset import Position

    def deep(share: float, kind: int = 0) -> str:
        number = int(rows * share)
        return write_cursor(Position(_at(number), _id(number, kind)))

    def payments(name: str, **query: str) -> Case:
        return Case(f"payments, {name}", "/v1/payments", query, deep(0.05))

    yield payments("all")
    yield payments("page of 200", limit="200")
    yield payments("state (common)", state="PAYMENT_EXECUTED")
    yield payments("state (0.1 %)", state="PAYMENT_PENDING")
    yield payments("status ACCEPTED", status="ACCEPTED")
    yield payments("status FAILED (5 %)", status="FAILED")
    yield payments("status PENDING (0.1 %)", status="PENDING")
    yield payments("provider (0.01 %)", provider="rare")
    yield payments("method (0.01 %)", method="wallet")
    yield payments("one amount", amountFrom="4242", amountTo="4242")
    yield payments("amounts (0.2 %)", amountFrom="4000", amountTo="5000")
    yield payments("amounts (50 %)", amountFrom="250000")
    yield payments("shop transaction id", shopTransactionId=f"order-{rows // 2}")
    month = {"createdFrom": _at(rows // 100).isoformat(), "createdTo": _at(rows // 10).isoformat()}
    yield payments("a time long ago", **month)
    yield payments("failed at the rare provider", status="FAILED", provider="rare")
    yield Case("events, all", "/v1/events", {}, deep(0.95, 1))
    yield Case("events, type (0.01 %)", "/v1/events", {"type": "payment.charged_back"}, deep(0.95, 1))


def _measure(ready: Stage, case: Case, rounds: int) -> str:
    place = "after" if case.path.endswith("events") else "cursor"
    first = _time(_asker(ready, case.path, case.query), rounds)
    deep = _time(_asker(ready, case.path, case.query | {place: case.cursor}), rounds)
    return f"{case.name:34}{first:>22}{deep:>22}"


def _asker(ready: Stage, path: str, query: dict[str, str]) -> Callable[[], int]:
    client = Client()
    headers = {"Authorization": f"Bearer {ready.merchant.key}"}

    def ask() -> int:
        response = client.get(path, query, headers=headers)
        if response.status_code != 200:
            raise RuntimeError(response.text)
        return len(response.json()["data"])

    return ask


def _time(ask: Callable[[], int], rounds: int) -> str:
    found, took = 0, []
    for _ in range(rounds + 10):
        began = time.perf_counter()
        found = ask()
        took.append((time.perf_counter() - began) * 1000)
    ordered = sorted(took[10:])
    return f"{ordered[len(ordered) // 2]:.1f} / {ordered[int(len(ordered) * 0.95)]:.1f}; {found}"


if __name__ == "__main__":
    sys.exit(main())
