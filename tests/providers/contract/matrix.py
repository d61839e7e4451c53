"""Write docs/capabilities.md from what ran: `python -m tests.providers.contract.matrix --write`.

Without --write it tells whether the file is up to date. The tests of all providers run in a process of their own, and
say at which level each operation was exercised; what drivers declare stands beside it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import django

from providers.port import Driver
from providers.types import Feature, Operation

from .discovery import harnesses
from .evidence import FILE_VARIABLE, Found
from .harness import Harness

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "capabilities.md"
COMMAND = "python -m tests.providers.contract.matrix --write"
NOT_PROVED = "not proved"
# No test that brings evidence touches a database or a broker, so neither need run; but the settings want their names.
_NO_SERVERS = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
_LEFT_OUT = ("test_capability_matrix.py", "test_startprovider.py", "sandbox_simulator")
_HEAD = f"""\
# Capabilities

Written by `{COMMAND}` from what the tests of the providers ran; do not edit.

A cell tells how far an operation was proved. Levels add up: `B+C` was shown by both.

| level | what it was exercised against |
| --- | --- |
| A | the vendor's own sandbox |
| B | a simulator that somebody else wrote |
| C | every request and answer checked against the vendor's machine-readable description |
| D | the vendor's published examples, fixtures or signature vectors |
| E | only our reading of the vendor's documentation |
| own | the sandbox PSP, which comes with the hub: there is no vendor |
| – | not offered |

"""


class CannotCollect(RuntimeError):
    """The tests that bring the evidence failed; the message says which."""


def collect() -> Found:
    """Run the tests of all providers and return what they exercised. Raises `CannotCollect`."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "evidence.json"
        ignored = [f"--ignore=tests/providers/{name}" for name in _LEFT_OUT]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/providers", *ignored]
        environment = {**_NO_SERVERS, **os.environ, FILE_VARIABLE: str(told)}
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if not told.exists():
            raise CannotCollect(f"The tests did not run.\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}")
        evidence = json.loads(told.read_text(encoding="utf-8"))
    if evidence["failed"]:
        failed = "\n".join(evidence["failed"])
        raise CannotCollect(f"Mend these tests first; what failed is no evidence:\n{failed}")
    found: Found = evidence["found"]
    return found


def render(shown: Iterable[Harness], found: Found) -> str:
    """Return the document."""
    known = sorted(shown, key=lambda harness: harness.driver.code)
    drivers = [harness.driver for harness in known]
    offered = [o for o in Operation if any(o in driver.operations for driver in drivers)]
    features = [f for f in Feature if any(f in driver.features for driver in drivers)]
    parts = [
        _HEAD,
        "## Operations\n\n",
        _table(drivers, [(o.value, [_cell(d, o, found) for d in drivers]) for o in offered]),
        "\n## Features\n\n",
        _table(drivers, [(f.value, [_cell(d, f, found) for d in drivers]) for f in features]),
        "\n## What is taken\n\n",
        _table(
            drivers,
            [
                ("methods", [", ".join(f"`{method}`" for method in d.methods) or "–" for d in drivers]),
                ("currencies", [_currencies(d) for d in drivers]),
                ("subscription intervals", [", ".join(sorted(d.intervals)) or "–" for d in drivers]),
                ("same key, same answer", [_window(d.idempotency_window) for d in drivers]),
            ],
        ),
        *(_notes(harness) for harness in known),
    ]
    return "".join(parts)


def _cell(driver: Driver, what: Operation | Feature, found: Found) -> str:
    if what not in driver.operations and what not in driver.features:
        return "–"
    return "+".join(found.get(driver.code, {}).get(what.value, [])) or NOT_PROVED


def _table(drivers: list[Driver], rows: list[tuple[str, list[str]]]) -> str:
    head = ["", *(driver.display_name for driver in drivers)]
    lines = [head, ["---"] * len(head), *([name, *cells] for name, cells in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _currencies(driver: Driver) -> str:
    if driver.currencies is None:
        return "every one"
    codes = sorted(driver.currencies)
    return ", ".join(codes) if len(codes) <= 12 else f"{len(codes)}, from {codes[0]} to {codes[-1]}"


def _window(window: timedelta | None) -> str:
    if window is None:
        return "no keys: it is asked first"
    hours = window // timedelta(hours=1)
    return f"for {hours} hours" if hours < 72 else f"for {hours // 24} days"


def _notes(harness: Harness) -> str:
    excused = [f"`{scenario.value}` is not tried: {reason}" for scenario, reason in harness.excused.items()]
    lines = [*harness.notes, *excused]
    return f"\n## {harness.driver.display_name}\n\n" + "".join(f"- {line}\n" for line in lines) if lines else ""


def main() -> int:
    """Write the document, or tell whether it is up to date."""
    parser = argparse.ArgumentParser(prog="python -m tests.providers.contract.matrix", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/capabilities.md")
    write = parser.parse_args().write
    for name, value in {"DJANGO_SETTINGS_MODULE": "paymenthub.settings.test", **_NO_SERVERS}.items():
        os.environ.setdefault(name, value)
    django.setup()
    try:
        text = render(harnesses().values(), collect())
    except CannotCollect as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if write:
        DOCUMENT.write_text(text, encoding="utf-8")
        print(f"Wrote {DOCUMENT.relative_to(ROOT)}.")
        return 0
    stale = not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != text
    print(f"{DOCUMENT.relative_to(ROOT)} is {'stale: run ' + COMMAND if stale else 'up to date'}.")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
