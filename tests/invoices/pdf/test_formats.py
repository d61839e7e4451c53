"""Amounts, dates and quantities in the ways of seven languages and every currency."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from iso4217 import Currency

from invoices.pdf.formats import Formats
from invoices.pdf.texts import LANGUAGES
from paymenthub.kernel.money import exponent

CURRENCIES = sorted(item.value for item in Currency if item.exponent is not None)


@pytest.mark.parametrize(
    ("language", "currency", "minor", "written"),
    [
        ("en", "EUR", 123456, "€1,234.56"),
        ("it", "EUR", 123456, "1.234,56 €"),
        ("de", "EUR", 123456, "1.234,56 €"),
        ("fr", "EUR", 123456, "1 234,56 €"),
        ("es", "EUR", 1234567, "12.345,67 €"),
        ("en", "JPY", 123456, "JP¥123,456"),
        ("en", "KWD", 123456, "KWD 123.456"),
        ("en", "USD", 5, "US$0.05"),
        ("de", "CHF", -5, "-0,05 CHF"),
    ],
)
def test_an_amount_is_written_as_its_language_and_currency_want(language, currency, minor, written):
    amount = Formats(language=language, currency=currency, timezone="UTC").amount(minor)
    assert re.sub("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]", " ", amount) == written


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_digit_of_an_amount_is_lost_in_any_currency(language):
    for currency in CURRENCIES:
        formats = Formats(language=language, currency=currency, timezone="UTC")
        for written in (formats.amount(9876543210), formats.number(9876543210)):
            assert re.sub(r"\D", "", written) == "9876543210", (currency, written)
        assert len(re.sub(r"\D", "", formats.number(1))) == exponent(currency) + 1


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "1 January 2027"), ("de", "1. Januar 2027"), ("fr", "1 janvier 2027"), ("es", "1 de enero de 2027")],
)
def test_a_day_is_that_of_the_documents_zone(language, written):
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert Formats(language=language, currency="EUR", timezone="Europe/Berlin").date(new_year) == written


def test_quantities_and_rates_have_the_decimals_they_need():
    formats = Formats(language="it", currency="EUR", timezone="UTC")
    assert [formats.quantity(Decimal(value)) for value in ("2", "2.50", "0.333", "1000")] == [
        "2",
        "2,5",
        "0,333",
        "1.000",
    ]
    assert [formats.rate(Decimal(value)) for value in ("22", "5.50", "0")] == ["22%", "5,5%", "0%"]
