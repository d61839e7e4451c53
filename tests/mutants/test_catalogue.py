"""The list of mutants stays true: each break still finds its text, and its tests still exist."""

import re

import pytest

from tests.architecture.sources import ROOT

from .catalogue import MUTANTS, Mutant
from .page import PAGE, with_table

NAMES = [mutant.scenario for mutant in MUTANTS]


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_the_text_to_break_stands_once_in_its_file(mutant: Mutant):
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_there_is_a_test_of_that_name(mutant: Mutant):
    path = ROOT / mutant.path
    files = [path] if path.is_file() else sorted(path.rglob("test_*.py"))
    words = mutant.word.split(" or ")
    names = [name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)]
    assert any(word in name for name in names for word in words)


def test_the_page_lists_them_all():
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page), "stale: run python -m tests.mutants.page"
