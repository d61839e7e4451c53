"""docs/configuration.md says what the settings read."""

import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from paymenthub.settings import env
from payments.management.commands import document_settings

from .documents import ROOT, read

FILE = ROOT / "docs" / "configuration.md"


def test_the_table_is_up_to_date():
    text = read(FILE)
    assert document_settings.with_table(text) == text, (
        "docs/configuration.md is stale. With `make up` running: .venv/bin/python manage.py document_settings"
    )


def test_no_value_of_the_environment_is_shown():
    shown = document_settings.table()
    assert os.environ["DATABASE_URL"] not in shown
    assert "| `DATABASE_URL` | a text | none; a secret |" in shown


def test_every_variable_says_in_a_sentence_what_it_is():
    assert [name for name, variable in env.READ.items() if not variable.help.endswith(".")] == []


def test_the_command_replaces_the_table_and_nothing_else(tmp_path: Path):
    file = tmp_path / "configuration.md"
    file.write_text(
        f"before\n{document_settings.BEGIN}\n| a stale row |\n{document_settings.END}\nafter\n", encoding="utf-8"
    )

    call_command("document_settings", file=file, stdout=StringIO())

    text = read(file)
    assert text.startswith(f"before\n{document_settings.BEGIN}\n\n| variable |")
    assert text.endswith(f"|\n\n{document_settings.END}\nafter\n")
    assert "a stale row" not in text


def test_a_document_without_the_marks_is_left_alone(tmp_path: Path):
    file = tmp_path / "configuration.md"
    file.write_text("no marks\n", encoding="utf-8")

    with pytest.raises(CommandError, match="marks are missing"):
        call_command("document_settings", file=file, stdout=StringIO())

    assert read(file) == "no marks\n"
