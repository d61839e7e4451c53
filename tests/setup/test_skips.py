"""The plugin that fails a run on skips nobody allowed, tried on runs of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from paymenthub.stack.layout import ROOT
from tests.skips import read_allowed

PLUGINS = ("tests.skips", "no:django", "no:randomly", "no:cacheprovider")
TESTS = """
import pytest

def test_passes(): pass

@pytest.mark.skip(reason="no printer here")
def test_prints(): pass

@pytest.mark.xfail(reason="known hole", strict=True)
def test_hole(): assert False
"""


def run(folder: Path, allowed: str, content: str = TESTS, **environment: str) -> tuple[int, str]:
    (folder / "test_it.py").write_text(content)
    (folder / "allowed.txt").write_text(allowed)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  full: slow\n  browser: drives chromium\n")
    plugins = [part for name in PLUGINS for part in ("-p", name)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-q", "--allowed-skips", "allowed.txt", "test_it.py"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_skip_that_the_list_does_not_name_fails_the_run_and_is_listed(tmp_path: Path) -> None:
    status, output = run(tmp_path, "*::test_hole | known hole\n")

    assert status == 1
    assert "NOT ALLOWED test_it.py::test_prints: no printer here" in output
    assert "\ntest_it.py::test_hole: expected failure: known hole" in output
    assert output.rstrip().splitlines()[-1].startswith("1 passed, 1 skipped, 1 xfailed")


def test_an_expected_failure_that_the_list_does_not_name_fails_the_run(tmp_path: Path) -> None:
    status, output = run(tmp_path, "*::test_prints | printer\n")

    assert status == 1
    assert "NOT ALLOWED test_it.py::test_hole" in output


def test_a_run_whose_skips_are_all_named_passes_and_still_lists_them(tmp_path: Path) -> None:
    status, output = run(tmp_path, "# why\n\n*::test_prints | printer\ntest_it.py::* | known hole\n")

    assert status == 0
    assert "\ntest_it.py::test_prints: no printer here" in output
    assert "NOT ALLOWED" not in output


def test_the_reason_must_match_as_well(tmp_path: Path) -> None:
    status, _ = run(tmp_path, "* | some other reason\n")

    assert status == 1


def test_a_file_that_skips_itself_counts(tmp_path: Path) -> None:
    content = "import pytest\npytest.importorskip('no_such_module_at_all')\ndef test_it(): pass\n"

    status, output = run(tmp_path, "", content)

    assert status != 0
    assert "NOT ALLOWED test_it.py" in output


def test_slow_tests_run_only_where_asked_for(tmp_path: Path) -> None:
    content = "import pytest\n@pytest.mark.full\ndef test_slow(): pass\ndef test_fast(): pass\n"

    without = run(tmp_path, "* | SUITE=full\n", content)
    with_them = run(tmp_path, "* | SUITE=full\n", content, SUITE="full")

    assert (without[0], with_them[0]) == (0, 0)
    assert "1 passed, 1 skipped" in without[1]
    assert "2 passed" in with_them[1]


def test_without_a_browser_its_tests_fail_unless_that_was_allowed(tmp_path: Path) -> None:
    content = "import pytest\n@pytest.mark.browser\ndef test_page(): pass\ndef test_other(): pass\n"

    refused = run(tmp_path, "* | ALLOW_MISSING=1\n", content, PATH=str(tmp_path))
    allowed = run(tmp_path, "* | ALLOW_MISSING=1\n", content, PATH=str(tmp_path), ALLOW_MISSING="1")

    assert (refused[0], allowed[0]) == (1, 0)
    assert "chromium is not installed: sudo apt-get install" in refused[1]
    assert "1 passed, 1 skipped" in allowed[1]


def test_a_line_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_allowed("# fine\ntests/*\n")
