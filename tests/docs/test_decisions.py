"""Decisions have one form, and stand in their index."""

import re
from pathlib import Path

import pytest

from .documents import ROOT, name, read

FOLDER = ROOT / "docs" / "adr"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives"]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_decision_has_its_four_parts_and_one_sentence_to_quote(page: Path):
    text = read(page)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert re.match(rf"# {page.name[:4]}\. \S", text)
    decision = text.split("## Decision")[1].split("## Consequences")[0].strip()
    assert re.fullmatch(r"> [A-Z].*[^.]\.", decision)
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_holes():
    assert [page.name[:4] for page in PAGES] == [f"{number:04}" for number in range(1, len(PAGES) + 1)]


def test_the_index_lists_every_decision_by_its_title():
    index = re.findall(r"^\| (\d{4}) \| \[(.+)\]\((.+)\) \|$", read(FOLDER / "README.md"), re.MULTILINE)
    pages = [
        (page.name[:4], read(page).splitlines()[0].removeprefix(f"# {page.name[:4]}. "), page.name) for page in PAGES
    ]
    assert index == pages
