"""A pytest plugin that lists what was skipped and why, and fails the run on a skip that nobody allowed.

It also decides by mark who is skipped: `full` without SUITE=full, `browser` without chromium where ALLOW_MISSING=1
allows that. Every skip and expected failure must match a line of tests/allowed_skips.txt.
"""

import os
import shutil
from ctypes.util import find_library
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

_DEFAULT_LIST = Path(__file__).with_name("allowed_skips.txt")


@dataclass(frozen=True)
class Allowed:
    """One line of the list."""

    pattern: str
    words: str

    def covers(self, node_id: str, reason: str) -> bool:
        """Tell whether a skip is one of those this line allows."""
        return fnmatchcase(node_id, self.pattern) and self.words in reason


def read_allowed(text: str) -> list[Allowed]:
    """Read the list; raise ValueError on a line that has no pattern or no words."""
    allowed = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, bar, words = (part.strip() for part in line.partition("|"))
        if not (pattern and bar and words):
            raise ValueError(f"line {number} must be `pattern | words of the reason`: {line!r}")
        allowed.append(Allowed(pattern, words))
    return allowed


class SkipControl:
    """Collects the skips of one run and judges them at its end."""

    def __init__(self, allowed: list[Allowed]) -> None:
        self._allowed = allowed
        self._skips: dict[str, str] = {}

    @property
    def unlisted(self) -> list[str]:
        """The ids of skipped tests that no line covers."""
        return [
            node_id
            for node_id, reason in self._skips.items()
            if not any(line.covers(node_id, reason) for line in self._allowed)
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped or expectedly failing test."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that skips itself whole."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped:
            expected = getattr(report, "wasxfail", None)
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self._skips[report.nodeid] = reason if expected is None else f"expected failure: {expected}"

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a run that would have passed into a failed one."""
        if self.unlisted and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the list."""
        if not self._skips:
            return
        unlisted = set(self.unlisted)
        terminalreporter.section("skipped")
        for node_id, reason in sorted(self._skips.items()):
            mark = "NOT ALLOWED " if node_id in unlisted else ""
            terminalreporter.write_line(f"{mark}{node_id}: {reason.removeprefix('Skipped: ')}")
        if unlisted:
            terminalreporter.write_line(
                f"{len(unlisted)} not named in tests/allowed_skips.txt: mend them, or add a line that says why.",
                red=True,
            )


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let tests of this plugin name a list of their own."""
    parser.addoption("--allowed-skips", type=Path, default=_DEFAULT_LIST, help="list of skips that do not fail the run")


def pytest_configure(config: pytest.Config) -> None:
    """Read the list and begin to collect."""
    try:
        allowed = read_allowed(config.getoption("--allowed-skips").read_text())
    except (OSError, ValueError) as error:
        raise pytest.UsageError(f"{config.getoption('--allowed-skips')}: {error}") from error
    config.pluginmanager.register(SkipControl(allowed), "skip-control")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this run leaves out; a browser test without a browser fails unless that was allowed."""
    if item.get_closest_marker("full") and os.environ.get("SUITE") != "full":
        pytest.skip("slow; runs with SUITE=full")
    if item.get_closest_marker("browser") and shutil.which("chromium") is None:
        if os.environ.get("ALLOW_MISSING"):
            pytest.skip("chromium is not installed, and ALLOW_MISSING=1 is set")
        pytest.fail("chromium is not installed: sudo apt-get install --yes chromium", pytrace=False)
    if item.get_closest_marker("pdf") and find_library("pangoft2-1.0") is None:
        if os.environ.get("ALLOW_MISSING"):
            pytest.skip("Pango is not installed, and ALLOW_MISSING=1 is set")
        pytest.fail("Pango is not installed: sudo apt-get install --yes libpangoft2-1.0-0", pytrace=False)
