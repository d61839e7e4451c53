"""How far what a driver does was proved by what ran: levels are noted by passing tests and collected at the end."""

import json
import os
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest

from providers.types import Feature, Operation

PLUGIN = "contract-evidence"
FILE_VARIABLE = "CONTRACT_EVIDENCE_FILE"
READER = "test_capability_matrix.py"
_PROPERTY = "contract-evidence"
Found = dict[str, dict[str, list[str]]]
"""Provider code -> operation or feature -> levels, in order."""


class Level(StrEnum):
    """What an exchange was checked against; see docs/capabilities.md."""

    A = "A"  # the vendor's sandbox
    B = "B"  # a simulator that somebody else wrote
    C = "C"  # the vendor's machine-readable description
    D = "D"  # the vendor's own examples, fixtures or signature vectors
    E = "E"  # only our reading of the documentation
    OWN = "own"  # the sandbox PSP, which is ours: there is no vendor


def note(request: pytest.FixtureRequest, code: str, what: Operation | Feature, levels: Iterable[Level]) -> None:
    """Note that the running test exercised `what` of a provider at these levels; it counts if the test passes.

    Only tests that need no database may: the matrix is written by a run without one.
    """
    assert not _uses_database(request.node), f"{request.node.name} uses the database"
    request.node.user_properties.append((_PROPERTY, [code, what.value, sorted(level.value for level in levels)]))


class Collector:
    """Collects the notes of the tests that passed; moves the test that reads them to the end of the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._without_evidence: set[str] = set()
        self.failed: list[str] = []
        self.complete = _runs_all_providers(config)

    @property
    def found(self) -> Found:
        """Return what was noted until now."""
        return {
            code: {what: sorted(levels) for what, levels in sorted(by_what.items())}
            for code, by_what in sorted(self._found.items())
        }

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Run the reader last; where only evidence is wanted, leave out what brings none."""
        self._without_evidence = {item.nodeid for item in items if _uses_database(item) or READER in item.nodeid}
        if os.environ.get(FILE_VARIABLE):
            left_out = [item for item in items if _uses_database(item)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
        items.sort(key=lambda item: READER in item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the notes of a test that passed."""
        if report.failed and "tests/providers/" in report.nodeid and report.nodeid not in self._without_evidence:
            self.failed.append(report.nodeid)
        if report.when != "call" or not report.passed:
            return
        for name, value in report.user_properties:
            if name == _PROPERTY:
                code, what, levels = value  # type: ignore[misc]
                self._found[code][what].update(map(Level, levels))

    def pytest_sessionfinish(self) -> None:
        """Leave what was found for the process that asked for it."""
        if os.environ.get(FILE_VARIABLE):
            told = {"found": self.found, "failed": self.failed}
            Path(os.environ[FILE_VARIABLE]).write_text(json.dumps(told), encoding="utf-8")


def _uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint({"db", "transactional_db"})


def _runs_all_providers(config: pytest.Config) -> bool:
    option = config.option
    if (
        option.keyword
        or option.markexpr not in ("", "not alone")
        or getattr(option, "lf", False)
        or option.ignore
        or option.deselect
    ):
        return False
    providers = Path(__file__).resolve().parents[1]
    roots = [Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in config.args]
    return any(root == providers or root in providers.parents for root in roots)
