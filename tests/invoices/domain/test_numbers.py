"""Numbers by template."""

import pytest

from invoices.domain.numbers import DEFAULT_TEMPLATE, check_template, format_number
from invoices.domain.problems import Unbillable


@pytest.mark.parametrize(
    ("template", "n", "number"),
    [
        (DEFAULT_TEMPLATE, 7, "INV2026-00007"),
        (DEFAULT_TEMPLATE, 123456, "INV2026-123456"),
        ("{n}.{year}.{series}", 12, "12.2026.INV"),
        ("{series}-{year}-{n:3}", 5, "INV-2026-005"),
    ],
)
def test_a_number_is_written(template, n, number):
    check_template(template, "INV")
    assert format_number(template, series="INV", year=2026, n=n) == number


@pytest.mark.parametrize(
    "template",
    [
        "{year}-{n}",
        "{series}-{n}",
        "{series}{year}",
        "{series}{year}{n}",
        "{n}{year}-{series}",
        "{series}{year}-{n}-{n}",
        "{series}{year}-{n.__class__}",
        "{series}{year}-{n!r}",
        "{series}/{year}-{n}",
        "{series}{year}-{n}\n",
        "{series}{year}-<b>{n}",
        "{series}{year}-{n}" + "x" * 40,
        "",
    ],
)
def test_a_template_by_which_numbers_could_collide_or_break_out_is_refused(template):
    with pytest.raises(Unbillable):
        check_template(template, "INV")


@pytest.mark.parametrize("series", ["inv", "TOOLONGINV", "A B", "Ü", "A/B"])
def test_a_strange_series_is_refused(series):
    with pytest.raises(Unbillable):
        check_template(DEFAULT_TEMPLATE, series)
