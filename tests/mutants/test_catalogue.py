"""The list of mutants stays true: each break still finds its text, and its tests still exist."""

import re

import pytest

from tests.architecture.sources import ROOT

from .catalogue import MUTANTS, Mutant
from .page import PAGE, with_tables
from .scenarios import SCENARIOS, Scenario

NAMES = [mutant.scenario for mutant in MUTANTS]


def names_in(where: str) -> list[str]:
    """The tests of a file, or of all files below a folder."""
    path = ROOT / where
    files = [path] if path.is_file() else sorted(path.rglob("test_*.py"))
    return [n for file in files for n in re.findall(r"^\s*def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)]


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_the_text_to_break_stands_once_in_its_file(mutant: Mutant):
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_there_is_a_test_of_that_name(mutant: Mutant):
    words = [choice.split(" and ")[0] for choice in mutant.word.split(" or ")]
    assert any(word in name for name in names_in(mutant.path) for word in words)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[f"S{scenario.number}" for scenario in SCENARIOS])
def test_every_scenario_has_tests_or_says_what_brings_them(scenario: Scenario):
    for path, word in scenario.tests:
        assert any(word in name for name in names_in(path)), f"{path} has no test named with {word!r}"
    assert scenario.tests or scenario.later


def test_the_table_has_all_77():
    assert [scenario.number for scenario in SCENARIOS] == list(range(1, 78))


def test_the_page_lists_them_all():
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page), "stale: run python -m tests.mutants.page"
