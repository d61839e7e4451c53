"""The words of every language."""

import string
from dataclasses import asdict

import pytest

from invoices.pdf.render import render
from invoices.pdf.texts import LANGUAGES, RIGHT_TO_LEFT, language_of

from .reading import text
from .samples import BUYER, make_document, make_line, unpaid

pytestmark = pytest.mark.pdf


def names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_text_is_there_and_is_filled_with_the_same_names(language):
    english, own = asdict(LANGUAGES["en"]), asdict(LANGUAGES[language])
    assert [name for name, words in own.items() if not words.strip()] == []
    assert {name: names(words) for name, words in own.items()} == {
        name: names(words) for name, words in english.items()
    }


@pytest.mark.parametrize("language", ["it", "de", "fr", "es"])
def test_a_language_is_its_own_and_not_english(language):
    english, own = asdict(LANGUAGES["en"]), asdict(LANGUAGES[language])
    same = {name for name in own if own[name] == english[name]}
    assert same <= {
        "iban",
        "bic",
        "date",
        "total",
        "telephone",
        "email",
        "description",
        "reference",
        "logo",
        "page",
        "vat",
        "standard",
    }


@pytest.mark.parametrize(
    ("tag", "language"),
    [("it", "it"), ("de-AT", "de"), ("pt_BR", "en"), ("FR", "fr"), ("iw", "he"), ("", "en"), ("../../etc", "en")],
)
def test_a_tag_leads_to_a_language_and_else_to_english(tag, language):
    assert language_of(tag) == language


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_document_is_in_its_language(language):
    page = text(render(unpaid(make_document(language=language))).pdf)
    if language in RIGHT_TO_LEFT:
        return
    words = LANGUAGES[language]
    for label in (words.invoice, words.description, words.vat_summary, words.amount_due, words.transfer):
        assert label in page


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
def test_what_is_written_from_left_to_right_keeps_its_order_in_arabic_and_hebrew(language):
    page = text(render(unpaid(make_document([make_line()], language=language))).pdf)
    for words in ("Bottega Verde S.r.l.", "20123 Milano MI", "+39 02 5555 0100", "DE89 3704 0044 0532 0130 00"):
        assert words in page


def test_a_hebrew_name_in_an_english_document_leaves_the_rest_alone():
    buyer = type(BUYER)(name="יעל כהן", street="5 Herzl St.", city="Tel Aviv", country="IL")
    page = text(render(make_document(buyer=buyer)).pdf)
    assert "5 Herzl St." in page
    assert "Invoice 2026-00042" in page
