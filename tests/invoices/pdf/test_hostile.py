"""Names, descriptions and logos that would like to be more than text and pictures."""

import time
from dataclasses import replace

import pytest

from invoices.pdf.clean import clip, one_line, paragraph
from invoices.pdf.render import render

from .reading import text
from .samples import BUYER, ISSUER, SELLER, make_document, make_line, unpaid
from .schematron import violations

pytestmark = pytest.mark.pdf

HOSTILE = [
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "<img src=file:///etc/passwd>",
    "<link rel=attachment href=file:///etc/passwd>",
    "&lt;b&gt; &amp; &#60;",
    "<style>body{display:none}</style>",
    "]]><!-- <?xml version='1.0'?>",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_markup_and_template_code_stay_text(words):
    document = make_document(
        [make_line(description=words, item_id=words)], buyer=replace(BUYER, name=words), notes=(words,)
    )
    rendered = render(document)
    found = text(rendered.pdf).replace(" ", "")
    assert found.count(words.replace(" ", "")) == 4
    assert violations(rendered.xml) == []


def test_ten_thousand_characters_take_no_longer_and_end_in_an_ellipsis():
    long = "W" * 10_000
    document = make_document(
        [make_line(description=long, item_id=long)],
        number=long,
        shop_transaction_id=long,
        payment_method=long,
        buyer=replace(BUYER, name=long, street="\n".join([long] * 50), city=long, vat_id=long),
        issuer=replace(ISSUER, party=replace(SELLER, name=long, street=long, email=long), telephone=long, footer=long),
    )
    render(make_document())
    started = time.process_time()
    rendered = render(unpaid(document))
    assert time.process_time() - started < 5
    assert len(text(rendered.pdf)) < 5000
    assert "W…" in text(rendered.pdf)
    assert "Page 1 of" in text(rendered.pdf)


def test_characters_that_xml_forbids_are_left_out_of_both():
    rendered = render(make_document([make_line(description="a\x00b\x0bc\ud800d\ufffee\x1bf")]))
    assert "abcdef" in text(rendered.pdf)
    assert b">abcdef<" in rendered.xml


def test_a_name_cannot_turn_the_text_after_it_around():
    assert one_line("Invoice \u202e99.00\u202c \u2066x\u2069") == "Invoice 99.00 x"


@pytest.mark.parametrize(
    ("given", "limit", "clipped"),
    [
        ("short", 10, "short"),
        ("0123456789", 10, "0123456789"),
        ("01234567890", 10, "012345678…"),
        (" a \n b ", 5, "a b"),
    ],
)
def test_text_is_cut_at_its_limit(given, limit, clipped):
    assert clip(given, limit) == clipped


def test_a_paragraph_keeps_its_lines_and_nothing_else():
    assert paragraph("one\t two\r\n\x07three\n\n") == "one two\nthree"
