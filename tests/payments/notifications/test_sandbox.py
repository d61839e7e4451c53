"""The template language: what is refused, and what hostile input becomes (S62)."""

import pytest

from payments.models import Project
from payments.notifications import editing
from payments.notifications.compose import Facts, compose
from payments.notifications.events import EVENTS, LANGUAGES
from payments.notifications.markup import check_markup
from payments.notifications.samples import sample_facts
from payments.notifications.sandbox import MOST_OUTPUT, TemplateRefused, render_html, render_text
from payments.notifications.texts import Source

VARIABLES = {"name": "Ada", "items": [{"description": "oil"}, {"description": "salt"}]}
HOSTILE = [
    '<script>alert("x")</script>',
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% for i in range(10) %}x{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "</td></tr></table><h1>Pay here</h1>",
    "Ada\r\nBcc: thief@evil.example\n\nNew body",
    "A" * 10_000,
    "\u202egnp.exe\u2066 \x00\x1b[31m",
    "javascript:alert(1)",
]


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(10**9) %}x{% endfor %}",
        "{{ name.__class__.__mro__ }}",
        "{{ name|attr('__class__') }}",
        "{{ ''.join(name) }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 10 ** 100000 }}",
        "{{ name ~ name }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ name|center(1000000000) }}",
        "{% set x = name %}{{ x }}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{% include 'layout.html' %}",
        "{% extends 'layout.html' %}",
        "{% import 'os' as os %}",
        "{{ self }}",
        "{{ cycler }}",
        "{{ lipsum }}",
        "{{ name is callable }}",
        "{{ unknown }}",
        "{{ name.unknown }}",
        "{{ items.append }}",
        "{{ loop }}",
        "{% for a in items %}{% for b in items %}{% for c in items %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% for i in [1, 2, 3] %}x{% endfor %}",
        "{% for a in items recursive %}{{ loop(items) }}{% endfor %}",
        "{% if %}",
        "{{ name",
        "x" * (64 * 1024 + 1),
        "(" * 200_00,
    ],
)  # fmt: skip
def test_what_is_not_in_the_language_is_refused(source: str) -> None:
    if source.startswith("("):
        source = "{{ " + source + " }}"
    with pytest.raises(TemplateRefused):
        render_text(source, VARIABLES)


def test_what_is_in_the_language_works() -> None:
    source = "{% if name %}{{ name|upper }}{% else %}-{% endif %}"
    source += "{% for item in items %} {{ loop.index }}{{ item.description }}{% endfor %}"
    assert render_text(source, VARIABLES) == "ADA 1oil 2salt"
    assert render_html("<b>{{ name }}</b>", {"name": "<i>"}) == "<b>&lt;i&gt;</b>"


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(TemplateRefused, match="Line 2: there is no variable «nome» in this mail"):
        render_text("Hello\n{{ nome }}", VARIABLES)


def test_output_is_bounded_however_many_items_there_are() -> None:
    many = {"items": [{"description": "x" * 1000}] * 300}
    with pytest.raises(TemplateRefused, match=f"longer than {MOST_OUTPUT}"):
        render_text("{% for a in items %}{% for b in items %}{{ a.description }}{% endfor %}{% endfor %}", many)


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<iframe src='https://x'></iframe>",
        "<form action='https://x'></form>",
        "<img src='x' onerror='alert(1)'>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' JavaScript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<p style='background:url(https://x)'>x</p>",
        "<style>body{}</style>",
        "<!DOCTYPE html><html></html>",
        "<base href='https://x'>",
        "<svg onload=alert(1)>",
    ],
)
def test_html_that_may_not_stand_in_a_mail_is_refused(html: str) -> None:
    with pytest.raises(TemplateRefused):
        check_markup(html)


def _with(text: str, event: str, language: str) -> Facts:
    known = sample_facts(EVENTS[event], language)
    rows = [{"description": text, "quantity": text, "amount": text}]
    values = {name: text if isinstance(value, str) else rows for name, value in known.values.items()}
    return Facts(known.event, known.locale, text, text, known.link, values)


@pytest.mark.parametrize("event", EVENTS)
def test_s62_hostile_words_stay_text_in_subject_html_and_text(event: str) -> None:
    for number, text in enumerate(HOSTILE):
        made = compose(_with(text, event, LANGUAGES[number % len(LANGUAGES)]), None)

        assert made.subject.isprintable()
        assert len(made.subject) <= 200
        assert "\n" not in made.subject
        html = made.html.lower()
        assert "<script" not in html
        assert "<img" not in html
        assert html.count("<h1") == 1
        assert 'href="javascript' not in html
        if "{{" in text:
            assert "{{ 7 * 7 }}" in made.text
            assert "{{ 7 * 7 }}" in made.html
        assert "\u202e" not in made.html + made.text


def test_s62_a_name_of_ten_thousand_characters_is_cut_and_breaks_no_line_of_the_layout() -> None:
    facts = sample_facts(EVENTS["payment_paid"], "en", shop_name="S" * 10_000)
    facts = Facts(facts.event, facts.locale, "S" * 10_000, "N" * 10_000, "", facts.values)
    made = compose(facts, None)
    assert "N" * 119 + "…" in made.text
    assert "N" * 120 not in made.text
    assert len(made.html) < 20_000


@pytest.mark.django_db
def test_a_projects_template_that_fails_at_sending_gives_way_to_the_hubs_own(project: Project) -> None:
    facts = sample_facts(EVENTS["payment_paid"], "en")
    made = compose(facts, Source("Hi", "<p>{{ items.first.nothing }}</p>", "x"))
    assert made.subject == "Payment received: €129.90 to Bottega Aurora"
    assert "nothing" in made.note or made.note


@pytest.mark.django_db
def test_a_template_is_used_as_it_was_written(project: Project) -> None:
    source = Source("{{ buyer_name }}: grazie", "<h2>{{ amount }}</h2>{{ details }}", "{{ amount }}\n{{ details }}")
    made = editing.preview(project=project, event="payment_paid", language="it", source=source)
    assert made.subject == "Ada Rossi: grazie"
    assert ">129,90&nbsp;€</h2>" in made.html
    assert "Ordine: order-2041" in made.text
    assert project.name in made.html
