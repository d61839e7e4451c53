"""Templates of a project's own."""

import pytest

from invoices.pdf.errors import RenderError
from invoices.pdf.render import render
from invoices.pdf.templates import look

from .reading import text
from .samples import BUYER, make_document

pytestmark = pytest.mark.pdf


@pytest.fixture
def folder(tmp_path, settings):
    settings.INVOICE_TEMPLATES_DIR = str(tmp_path)
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def test_a_projects_own_template_is_used_and_escapes_what_it_prints(folder):
    (folder / "invoice.html").write_text("<h1>Ours: {{ sheet.number }} for {{ sheet.buyer.name }}</h1>")
    buyer = type(BUYER)(name="<b>A</b>", country="IT")
    assert text(render(make_document(buyer=buyer), template="shop").pdf) == "Ours: 2026-00042 for <b>A</b>"


def test_what_a_project_has_not_got_is_ours(folder):
    (folder / "invoice.css").write_text("h1 { color: red }")
    assert look("shop").style == "h1 { color: red }"
    assert "Invoice" in text(render(make_document(), template="shop").pdf)
    assert look("another").style == look(None).style


def test_a_changed_template_counts_at_once(folder):
    (folder / "invoice.css").write_text("h1 { color: red }")
    look("shop")
    (folder / "invoice.css").write_text("h1 { color: blue }")
    assert look("shop").style == "h1 { color: blue }"


@pytest.mark.parametrize("name", ["../shop", "shop/../..", "/etc", "a b", "", "." * 3, "x" * 64])
def test_a_name_cannot_lead_out_of_the_folder(folder, name):
    if not name:
        assert look(name) is look(None)
        return
    with pytest.raises(RenderError, match="letters, digits"):
        look(name)


@pytest.mark.parametrize(
    "body",
    [
        "{{ sheet.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ sheet.nothing }}",
        "{% include '/etc/passwd' %}",
        "{% for x in sheet %}{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ range(10 ** 9) | list }}",
        "{{ unfinished",
    ],
)
def test_a_broken_or_prying_template_is_an_error_that_says_so(folder, body):
    (folder / "invoice.html").write_text(body)
    with pytest.raises(RenderError, match="invoice template"):
        render(make_document(), template="shop")
