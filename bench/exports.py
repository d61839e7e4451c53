"""Exports of payments beside their limits, over the database of DATABASE_URL (see docs/demo-data.md).

Command line: python -m bench.exports [--rows N]
"""

import argparse
import csv
import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

from . import machine


def main() -> int:
    """Measure each format and its peers, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.exports", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="rows of each export")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paymenthub.settings.test")
    django.setup()
    for line in machine.describe():
        print(line)
    print(f"{'export':34}{'rows/s':>10}{'rows/s of CPU':>15}{'MB':>8}{'RSS, MB':>9}")
    for name, run in _cases(arguments.rows).items():
        began, cpu = time.perf_counter(), time.process_time()
        size = run()
        took, used = time.perf_counter() - began, time.process_time() - cpu
        rates = f"{arguments.rows / took:10,.0f}{arguments.rows / used:15,.0f}"
        print(f"{name:34}{rates}{size / 1e6:8.1f}{_resident():9}", flush=True)
    return 0


def _cases(rows: int) -> dict[str, Callable[[], int]]:
    # Imported once Django is set up.
    from django.db import connection

    from backoffice.exports.formats import Format, Look, write
    from backoffice.exports.lists import LISTS
    from backoffice.exports.reading import snapshot
    from payments.models import Payment

    found = Payment.objects.order_by("-created_at", "-id")
    columns = [column for column in LISTS["payments"].columns if column.chosen]
    fields = [source for column in columns for source in column.sources if isinstance(source, str)]

    def ours(format: Format) -> Callable[[], int]:
        def run() -> int:
            with snapshot() as view:
                return sum(map(len, write(Look(format), columns, view.rows(found, columns, most=rows))))

        return run

    def copied() -> int:
        statement, parameters = found.values_list(*fields)[:rows].query.get_compiler("default").as_sql()
        with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT CSV", parameters) as copy:
            return sum(len(block) for block in copy)

    def plain() -> int:
        size, buffer = 0, io.StringIO()
        writer = csv.writer(buffer)
        for row in found.values_list(*fields)[:rows].iterator():
            writer.writerow(row)
            size += buffer.tell()
            buffer.seek(0)
            buffer.truncate()
        return size

    return {
        "COPY TO STDOUT (the database)": copied,
        "csv.writer over values_list": plain,
        **{str(format.label): ours(format) for format in Format},
    }


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
