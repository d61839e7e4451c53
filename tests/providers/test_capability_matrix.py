"""docs/capabilities.md says what was proved, and nothing that was not. Runs last: it reads what the others noted."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.types import Operation
from tests.providers.contract import matrix
from tests.providers.contract.discovery import harnesses
from tests.providers.contract.evidence import PLUGIN, Collector, Found

NEEDS_VENDORS_FILES = {"C", "D"}


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest) -> Found:
    """What this run noted, if it ran every test of every provider; else such a run in a process of its own."""
    collector: Collector | None = request.config.pluginmanager.get_plugin(PLUGIN)
    if collector is None or not collector.complete:
        return matrix.collect()
    assert not collector.failed, f"mend {len(collector.failed)} tests of providers first; what failed is no evidence"
    return collector.found


def test_every_declared_operation_and_feature_was_exercised(found: Found):
    claimed = {
        (code, what.value)
        for code, harness in harnesses().items()
        for what in (*harness.driver.operations, *harness.driver.features)
    }

    assert claimed == {(code, what) for code, by_what in found.items() for what in by_what if code in harnesses()}


def test_the_document_is_what_ran(found: Found):
    written = matrix.DOCUMENT.read_text(encoding="utf-8")
    expected = matrix.render(harnesses().values(), found)
    if not vendors_files_are_here():
        # Levels C and D cannot be reached without the vendors' files; everything else must agree all the same.
        written, expected = without_vendors_levels(written), without_vendors_levels(expected)

    assert written == expected, f"docs/capabilities.md is stale: run {matrix.COMMAND}, and read what changed"


def test_a_change_of_what_was_proved_is_noticed(found: Found):
    weaker = {code: {**by_what, Operation.PAY.value: ["E"]} for code, by_what in found.items()}
    gone = {code: {w: v for w, v in by_what.items() if w != Operation.PAY.value} for code, by_what in found.items()}
    rendered = matrix.render(harnesses().values(), found)

    assert matrix.render(harnesses().values(), weaker) != rendered
    assert matrix.NOT_PROVED in matrix.render(harnesses().values(), gone)
    assert matrix.NOT_PROVED not in rendered


def vendors_files_are_here() -> bool:
    return Path(os.environ.get("PSP_SPECS_DIR") or matrix.ROOT / ".." / "shared" / "specs").is_dir()


def without_vendors_levels(document: str) -> str:
    """Take C and D out of the cells, and E too, which stands where nothing better was reached."""
    return "\n".join("|".join(_cells(line)) if line.startswith("|") else line for line in document.splitlines())


def _cells(line: str) -> Iterator[str]:
    for cell in line.split("|"):
        if re.fullmatch(r" (?:own|[A-E])(?:\+[A-E])* ", cell):
            left = [level for level in cell.strip().split("+") if level not in {*NEEDS_VENDORS_FILES, "E"}]
            yield f" {'+'.join(left)} "
        else:
            yield cell
