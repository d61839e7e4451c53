"""A machine that cannot make PDFs says so."""

import pytest

from invoices.pdf import checks, render
from invoices.pdf.errors import PdfUnavailable

from .samples import make_document


def test_a_machine_without_pango_is_warned_of(monkeypatch):
    monkeypatch.setattr(checks, "find_library", lambda name: None if name.startswith("pango") else name)
    [warning] = checks.pdf_libraries_are_there()
    assert warning.id == "invoices.W001"
    assert warning.hint == "sudo apt-get update && sudo apt-get install --yes libpango-1.0-0 libpangoft2-1.0-0"


def test_a_machine_with_everything_is_not(monkeypatch):
    monkeypatch.setattr(checks, "find_library", lambda name: name)
    assert checks.pdf_libraries_are_there() == []


def test_a_library_that_cannot_be_loaded_is_an_error_that_names_its_package(monkeypatch):
    def no_library(name: str) -> None:
        raise OSError("cannot load library")

    render._engine.cache_clear()
    monkeypatch.setattr(render, "import_module", no_library)
    monkeypatch.setattr(checks, "find_library", lambda name: None)
    with pytest.raises(PdfUnavailable, match=r"libpango.*libpangoft2.*libharfbuzz-subset"):
        render.render(make_document())
