"""Gapless numbers: invoices issued in one series, beside a bare locked UPDATE and commit on the same database.

Command line: python -m bench.invoices_numbers [--invoices N] [--threads N]
"""

import argparse
import datetime as dt
import functools
import json
import os
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

import django
import psycopg
from django.db import connections, transaction

from . import machine
from .lists import _PAYMENT as PAYMENT_COLUMNS
from .stage import Stage, stage

_NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
_ITEMS = {"items": [{"description": "Mug", "quantity": 1, "amount": 1250, "vatRate": 22}]}
_TAKE = (
    "INSERT INTO bench_series VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET last = bench_series.last + 1 RETURNING last"
)

_COUNT = "SELECT count(*), min(sequence), max(sequence) FROM invoices_invoice WHERE series <> 'BENCH'"


@dataclass(frozen=True, slots=True)
class Result:
    """What one row of the table is made of."""

    name: str
    each: list[float]
    seconds: float
    cpu: float
    """Seconds of this process's own processor time, PostgreSQL's not counted."""

    @property
    def rate(self) -> float:
        """How many a second."""
        return len(self.each) / self.seconds

    def __str__(self) -> str:
        ordered = sorted(self.each)
        p95 = ordered[int(len(ordered) * 0.95)]
        rate = self.rate
        cpu = self.cpu * 1000 / len(self.each)
        return f"{self.name:44}{rate:9.0f}/s{statistics.median(ordered):9.1f}{p95:9.1f}{cpu:9.2f}"


def main() -> int:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.invoices_numbers", description=__doc__.splitlines()[0])
    parser.add_argument("--invoices", type=int, default=3000)
    parser.add_argument("--threads", type=int, default=8)
    arguments = parser.parse_args()
    for line in machine.describe():
        print(line)
    with stage(pool=0) as ready:
        os.environ.update(ready.environment)
        django.setup()
        payments = _fill(ready, 2 * arguments.invoices)
        bare = _bare(ready, arguments.invoices, arguments.threads)
        issue_due = import_module("invoices.services.issue").issue_due
        half = arguments.invoices
        issue_due(payments[0])
        jobs = [functools.partial(issue_due, payment) for payment in payments[half:]]
        issued = _measure(f"issue_due, {arguments.threads} threads of one process", jobs, arguments.threads)
        alone = _alone(ready, arguments.invoices, arguments.threads)
        numbered = _numbers(ready, payments[:half], arguments.threads)
        print(f"{'':44}{'rate':>11}{'p50 ms':>9}{'p95 ms':>9}{'CPU ms':>9}")
        print(bare)
        print(alone)
        print(numbered)
        print(issued)
        shares = [f"{result.rate / bare.rate:.2f}" for result in (alone, numbered, issued)]
        print(f"of limit     {shares[0]} numbers, {shares[1]} with their rows, {shares[2]} whole documents")
        print(_proof(ready))
    return 0


def _fill(ready: Stage, count: int) -> list[uuid.UUID]:
    """Write captured payments, and the project's profile."""
    found = [uuid.UUID(int=(number << 64) | (7 << 76) | number) for number in range(1, count + 1)]
    with psycopg.connect(ready.database_url) as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE payments_payment, invoices_numberseries CASCADE")
        cursor.execute("DROP TABLE IF EXISTS bench_series")
        with cursor.copy(f"COPY payments_payment ({', '.join(PAYMENT_COLUMNS)}) FROM STDIN") as copy:
            for number, payment in enumerate(found):
                copy.write_row((
                    payment, _NOW, ready.merchant.project, "test", f"bill-{number}", f"bill-{number}", "DIRECT", 1250, "EUR",
                    "automatic", "instant", "credit-cards", ready.merchant.account, f"in_{number}", "PAYMENT_EXECUTED",
                    "payment", 1, 0, 1250, 1250, 0, 0, 0, 0, "", '{"name": "Ada"}', json.dumps(_ITEMS), "", "", "", "",
                    1, _NOW, "{}",
                ))  # fmt: skip
        cursor.execute("CREATE TABLE bench_series (id int PRIMARY KEY, last int NOT NULL)")
    values = {"company": "Demo", "street": "Via Roma 1", "city": "Milano", "country": "IT", "vat_id": "IT12345670017"}
    project = import_module("payments.models").Project.objects.get(pk=ready.merchant.project)
    import_module("invoices.services.profile").save_profile(project=project, values=values, actor="bench")
    return found


def _bare(ready: Stage, count: int, threads: int) -> Result:
    """The limit: a transaction that takes a number under its row lock and commits, through psycopg alone."""
    local = threading.local()

    def take() -> None:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(ready.database_url)
        with local.connection.transaction():
            local.connection.execute(_TAKE)

    return _measure(f"bare locked UPDATE and commit, {threads} threads", [take] * count, threads)


def _alone(ready: Stage, count: int, threads: int) -> Result:
    """A number of ours and a commit, nothing else."""
    take = import_module("invoices.numbering").take
    project = uuid.UUID(ready.merchant.project)

    def number() -> None:
        with transaction.atomic():
            take(project_id=project, mode="test", series="ALONE", year=2026)

    return _measure(f"number taken and committed, {threads} threads", [number] * count, threads)


def _numbers(ready: Stage, payments: Sequence[uuid.UUID], threads: int) -> Result:
    """What is serialized: taking the number and writing the document that is composed already, in one transaction."""
    take = import_module("invoices.numbering").take
    kept = import_module("invoices.models").Invoice.objects.values().get(payment=payments[0])
    model = import_module("invoices.models").Invoice

    def issue(payment: uuid.UUID) -> None:
        with transaction.atomic():
            n = take(project_id=kept["project_id"], mode="test", series="BENCH", year=2026)
            fresh = {
                "id": uuid.uuid4(),
                "payment_id": payment,
                "series": "BENCH",
                "sequence": n,
                "number": f"BENCH-{n}",
            }
            model(**kept | fresh | {"file_token": uuid.uuid4().hex}).save(force_insert=True)

    return _measure(
        f"number and document written, {threads} threads",
        [functools.partial(issue, row) for row in payments[1:]],
        threads,
    )


def _measure(name: str, jobs: Sequence[Callable[[], object]], threads: int) -> Result:
    waiting, guard = iter(jobs), threading.Lock()
    each: list[float] = []

    def work() -> None:
        while True:
            with guard:
                job = next(waiting, None)
            if job is None:
                connections.close_all()
                return
            began = time.perf_counter()
            job()
            each.append((time.perf_counter() - began) * 1000)

    began, cpu = time.perf_counter(), time.process_time()
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return Result(name, each, time.perf_counter() - began, time.process_time() - cpu)


def _proof(ready: Stage) -> str:
    with psycopg.connect(ready.database_url) as connection:
        row = connection.execute(_COUNT).fetchone()
    assert row is not None
    count, first, last = row
    verdict = "no gap" if (first, last) == (1, count) else "GAPS"
    return f"numbers      {count} issued, {first} to {last}: {verdict}"


if __name__ == "__main__":
    raise SystemExit(main())
