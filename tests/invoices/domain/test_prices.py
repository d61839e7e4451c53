"""Tax: once for each rate, shared out by largest remainder."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.domain.document import VatCategory
from invoices.domain.items import Item
from invoices.domain.prices import Pricing, groups_of, half_up, lines_of
from invoices.domain.problems import Unbillable

from .sold import ITEMS

EUR = Pricing("EUR")


def test_s69_three_lines_share_the_tax_of_their_sum():
    # 3 x 0.99 at 22 %: 2.97 holds 0.54 of tax (0.5356), though each line alone would say 0.18 (0.1785).
    lines = lines_of([Item("a", 99, rate=Decimal(22))] * 3, EUR)
    assert [(line.net, line.vat, line.gross) for line in lines] == [(81, 18, 99)] * 3
    (group,) = groups_of(lines)
    assert (group.net, group.vat, group.gross) == (243, 54, 297)


def test_s69_the_odd_cent_goes_to_one_line():
    lines = lines_of([Item("a", 10, rate=Decimal(22))] * 3, EUR)
    assert [(line.net, line.vat) for line in lines] == [(8, 2), (8, 2), (9, 1)]
    assert half_up(Fraction(30) * Fraction(22, 122)) == 5


def test_prices_without_tax_get_it_on_top():
    lines = lines_of([Item("a", 1000, Decimal(3), Decimal(22), discount=100)], Pricing("EUR", prices_include_tax=False))
    (line,) = lines
    assert (line.net, line.vat, line.gross, line.unit_gross, line.discount) == (2900, 638, 3538, 1220, 122)


@pytest.mark.parametrize(
    ("currency", "amount", "net", "vat"), [("JPY", 110, 100, 10), ("KWD", 1_234_567, 1_122_334, 112_233)]
)
def test_a_currency_without_or_with_three_decimals_counts_in_its_own_units(currency, amount, net, vat):
    (line,) = lines_of([Item("a", amount, rate=Decimal(10))], Pricing(currency))
    assert (line.net, line.vat) == (net, vat)


def test_a_rate_of_nought_is_zero_rated_and_the_projects_rate_is_taken_where_none_is_named():
    lines = lines_of([Item("a", 100, rate=Decimal(0)), Item("b", 122)], Pricing("EUR", default_rate=Decimal("22.0000")))
    assert [(line.category, f"{line.rate}", line.vat) for line in lines] == [
        (VatCategory.ZERO, "0", 0),
        (VatCategory.STANDARD, "22", 22),
    ]


def test_without_any_rate_there_is_no_invoice():
    with pytest.raises(Unbillable) as refused:
        lines_of([Item("a", 100)], EUR)
    assert refused.value.code == "rate_missing"


@pytest.mark.parametrize(
    "items",
    [
        [Item("a", 100, rate=Decimal(22), discount=101)],
        [Item("a", 10**15, Decimal(2), rate=Decimal(22))],
        [Item("a", 5, category=VatCategory.OUT_OF_SCOPE, rate=Decimal(0)), Item("b", 5, rate=Decimal(22))],
    ],
)
def test_what_cannot_be_an_invoice_is_refused(items):
    with pytest.raises(Unbillable) as refused:
        lines_of(items, EUR)
    assert refused.value.code == "items_invalid"


@given(ITEMS, st.booleans(), st.sampled_from(["EUR", "JPY", "KWD"]))
@settings(max_examples=60, deadline=None)
def test_s69_nothing_is_lost_in_any_line_group_or_total(items, include_tax, currency):
    lines = lines_of(items, Pricing(currency, include_tax))
    groups = groups_of(lines)

    assert all(line.net + line.vat == line.gross and min(line.net, line.vat) >= 0 for line in lines)
    for group in groups:
        of_group = [line for line in lines if (line.category, line.rate) == (group.category, group.rate)]
        assert group.net + group.vat == group.gross
        assert (sum(x.net for x in of_group), sum(x.vat for x in of_group)) == (group.net, group.vat)
        # The group's tax is that of its sum, to half a unit.
        exact = group.net * Fraction(group.rate) / 100
        assert abs(group.vat - exact) <= Fraction(group.rate) / 100 * Fraction(1, 2) + Fraction(1, 2)
    if include_tax:
        prices = [half_up(item.amount * Fraction(item.quantity)) for item in items]
        assert [line.gross for line in lines] == prices
