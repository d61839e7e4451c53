"""Measure the backoffice on the database of DATABASE_URL: server time by page, beside its limit and its peer.

Command line: python -m bench.backoffice [--only TEXT] [--rounds N]
"""

import argparse
import importlib
import os
import pkgutil
import sys

import django

from bench import backoffice, machine


def main() -> int:
    """Run every topic's cases, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.backoffice", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="only cases whose names hold this")
    parser.add_argument("--rounds", type=int, default=40, help="requests of each page")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paymenthub.settings.test")
    django.setup()
    from django.db import connection  # Imported once Django is set up.

    from bench.backoffice import frame

    topics = [name for _f, name, _p in pkgutil.iter_modules(backoffice.__path__) if name not in ("__main__", "frame")]
    for line in machine.describe():
        print(line)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = 'payments_payment'")
        print(f"payments     about {cursor.fetchone()[0]:,}\n")
    print(f"{'case':58}{'p50':>9}{'p95':>9}{'limit':>9}{'CPU':>7}{'statements':>12}{'database':>10}{'KiB':>7}")
    missed = 0
    with frame.scene() as scene:
        for topic in topics:
            for case in importlib.import_module(f"bench.backoffice.{topic}").cases(scene):
                if arguments.only not in case.name:
                    continue
                found = frame.measure(case, arguments.rounds)
                late = case.limit is not None and found.p95 > case.limit
                missed += late
                limit = "peer" if case.limit is None else f"{case.limit:.0f}"
                print(
                    f"{case.name:58}{found.p50:9.1f}{found.p95:9.1f}{limit:>9}{found.cpu:7.0f}{found.statements:12}{found.in_database:10.1f}"
                    f"{found.size / 1024:7.0f}{'  LATE' if late else ''}",
                    flush=True,
                )
    print(f"\n{missed} over their limit; load {os.getloadavg()[0]:.1f} at the end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
