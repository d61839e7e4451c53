"""The hub's own mails: every event, every language, every currency, and how they are built."""

import re
from typing import Any

import pytest
from iso4217 import Currency

from paymenthub.kernel.money import exponent, is_currency
from payments.notifications import writing
from payments.notifications.compose import compose
from payments.notifications.events import EVENTS, LANGUAGES
from payments.notifications.samples import sample_facts
from payments.notifications.texts import words

CURRENCIES = sorted(item.value for item in Currency if is_currency(item.value))


def _shape(value: Any, name: str = "") -> Any:
    """What is there, without the words: an empty text is one that is missing, but for mails without a button."""
    if isinstance(value, dict):
        return {key: _shape(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return sorted(re.findall(r"{{ (\w+) }}", value)), bool(value.strip()) or name == "button"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_lacks_a_text_or_a_variable_of_one(language: str) -> None:
    assert set(words(language)["events"]) == set(EVENTS)
    assert _shape(words(language)) == _shape(words("en"))
    buttons = {name: bool(event["button"]) for name, event in words(language)["events"].items()}
    assert buttons == {name: bool(event["button"]) for name, event in words("en")["events"].items()}
    labels = {name for event in EVENTS.values() for name in event.details}
    assert labels <= set(words(language)["labels"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", EVENTS)
def test_every_mail_renders_in_every_language(event: str, language: str) -> None:
    made = compose(sample_facts(EVENTS[event], language), None)

    assert made.subject.isprintable()
    assert "{{" not in made.subject + made.html + made.text
    assert f'<html lang="{language}">' in made.html
    assert "Bottega Aurora" in made.html
    assert "Bottega Aurora" in made.text
    assert made.note == ""
    assert "<" not in made.text


def test_a_mail_brings_its_css_along_and_follows_dark_mode_and_narrow_screens() -> None:
    html = compose(sample_facts(EVENTS["payment_link"], "en"), None).html

    assert re.search(r'<td class="card" style="[^"]*background: ?#ffffff', html)
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width: 480px)" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert 'class="preheader"' in html
    assert "<script" not in html
    assert "<link" not in html
    assert 'src="http' not in html


@pytest.mark.parametrize("language", [*LANGUAGES, "it-CH", "de_AT", "en-GB", "es-MX", "fr-CA"])
def test_every_currency_is_written_with_all_its_decimals_and_nothing_is_rounded(language: str) -> None:
    locale = writing.locale_of(language)
    for currency in CURRENCIES:
        places = exponent(currency)
        written = writing.money(1234567, currency, locale)
        assert re.sub(r"\D", "", re.sub(r"^\D+|\D+$", "", written)) == "1234567", (currency, written)
        decimals = re.search(r"[.,](\d+)\D*$", written)
        if places == 0:
            assert decimals is None or len(decimals[1]) == 3, (currency, written)
        else:
            assert decimals is not None, (currency, written)
            assert len(decimals[1]) == places, (currency, written)


def test_yen_has_no_decimals_and_a_dinar_three() -> None:
    assert writing.money(1250, "JPY", writing.locale_of("en")) == "¥1,250"
    assert writing.money(1250, "KWD", writing.locale_of("en")) == "KWD\xa01.250"
    assert writing.money(129900, "EUR", writing.locale_of("it")) == "1.299,00\xa0€"
    assert writing.money(500, "HUF", writing.locale_of("de")) == "5,00\xa0HUF"


@pytest.mark.parametrize(
    ("tag", "language"), [("it-IT", "it"), ("IT", "it"), ("pt", "en"), ("", "en"), ("xx-yy", "en")]
)
def test_a_language_that_is_not_there_is_english(tag: str, language: str) -> None:
    assert writing.locale_of(tag).language == language


def test_the_payments_language_goes_before_the_projects() -> None:
    assert writing.locale_of("de", "fr").language == "de"
    assert writing.locale_of("", "fr").language == "fr"
    assert writing.locale_of("pt-BR", "fr").language == "fr"


def test_a_moment_is_told_in_the_projects_zone() -> None:
    facts = sample_facts(EVENTS["payment_paid"], "en", zone="Asia/Tokyo")
    assert facts.values["date"] == "March 14, 2026, 18:26 JST"
    assert sample_facts(EVENTS["payment_paid"], "en", zone="No/Where").values["date"].endswith("09:26 UTC")
