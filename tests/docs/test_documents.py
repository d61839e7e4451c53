"""What the documents name is there."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from payments.management.commands.document_settings import variables

from .documents import ROOT, anchors, code, documents, name, prose, read

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
OF_MAKE = {"VAR_DIR", "PORT", "DETACH", "SUITE", "ARGS", "ALLOW_MISSING", "PYTHON", "UPGRADE"}
OF_MAKE |= {"SEED", "PAYMENTS", "FAULTS", "SECONDS"}  # of `make chaos`
OF_OTHERS = {"DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR", "WEBHOOK_SECRET", "PSP_SPECS_DIR", "STRIPE_LOG"}
OF_EXAMPLES = {"URL", "KEY"}  # what a reader sets in a shell
CODE_FILES = ("*.py", "*.json", "*.sql")

every_document = pytest.mark.parametrize("file", documents(), ids=name)


@every_document
def test_every_relative_link_leads_somewhere(file: Path):
    text = prose(read(file))
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    broken = [target for target in targets if "://" not in target and not _leads_somewhere(file, target)]
    assert broken == []


def _leads_somewhere(file: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (file.parent / path).resolve() if path else file
    return found.exists() and (not anchor or anchor in anchors(read(found)))


@every_document
def test_every_make_target_that_is_named_exists(file: Path):
    named = set(re.findall(r"(?:^|[\s;&(])make ([a-z][a-z-]*)", code(read(file)), re.MULTILINE))
    assert named <= TARGETS


@every_document
def test_every_management_command_that_is_named_exists(file: Path):
    named = set(re.findall(r"manage\.py ([a-z_]+)", read(file)))
    assert named <= set(get_commands())


@every_document
def test_every_variable_that_is_set_is_one_that_is_read(file: Path):
    given = set(re.findall(r"(?<![\w./-])([A-Z][A-Z0-9_]{2,})=", code(read(file))))
    assert given <= set(variables()) | OF_MAKE | OF_OTHERS | OF_EXAMPLES


@every_document
def test_every_word_in_capitals_is_known_to_the_code(file: Path):
    words = set(re.findall(r"(?<![\w./-])(?!SANDBOX_PSP_)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w(-])", read(file)))
    assert words - set(variables()) - _words_of_the_code() - OF_MAKE - OF_OTHERS == set()


def _words_of_the_code() -> set[str]:
    if not _words:
        for package in ("paymenthub", "payments", "providers", "backoffice", "examples"):
            for pattern in CODE_FILES:
                for file in (ROOT / package).rglob(pattern):
                    _words.update(re.findall(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", file.read_text(encoding="utf-8")))
    return _words


_words: set[str] = set()


def test_the_variables_of_make_are_those_that_the_makefile_reads():
    assert {word for word in OF_MAKE if not re.search(rf"\b{word}\b", MAKEFILE)} == set()


def test_no_document_or_picture_names_a_machine():
    files = [*documents(), *ROOT.glob("docs/**/*.svg")]
    machine = re.compile(r"(?<![\w.])/(?:work|root|tmp|home|opt)/")
    assert [name(file) for file in files if machine.search(read(file))] == []


def test_docs_readme_lists_every_document():
    listed = read(ROOT / "docs" / "README.md")
    there = {file.name for file in (ROOT / "docs").glob("*.md")} - {"README.md"}
    missing = {file for file in there if f"]({file})" not in listed}
    assert missing == set(), "add a line to docs/README.md"
