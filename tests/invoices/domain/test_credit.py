"""Credit notes: whatever the refunds, together they take back the invoice and not a unit more."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.domain.credit import Signed, lines_back, rest_of
from invoices.domain.items import Item
from invoices.domain.prices import Pricing, groups_of, lines_of
from invoices.domain.problems import Unbillable

from .sold import ITEMS, invoice_of

TWO_RATES = invoice_of(
    lines_of([Item("Mugs", 400, Decimal(2), Decimal(22)), Item("Book", 499, rate=Decimal(4))], Pricing("EUR"))
)


def note(earlier, amount, **over):
    return lines_back(TWO_RATES, earlier, amount, text="Refund", **over)


def test_a_part_is_split_over_the_rates_by_largest_remainder():
    lines = note([], 500)
    # 500 of 800 + 499: 307.93 and 192.07; of the 800 144 are tax, so 55.44 of the 308.
    assert [(line.rate, line.gross, line.net, line.vat) for line in lines] == [
        (Decimal(22), 308, 253, 55),
        (Decimal(4), 192, 185, 7),
    ]


def test_all_at_once_has_the_lines_of_the_invoice():
    assert note([], 1299) == TWO_RATES.lines


def test_named_lines_take_from_their_own_rate():
    lines = note([], 400, items=[Item("Mug", 400, rate=Decimal(22))], pricing=Pricing("EUR"))
    assert [(line.description, line.rate, line.gross, line.vat) for line in lines] == [("Mug", Decimal(22), 400, 72)]


@pytest.mark.parametrize(
    ("amount", "item", "code"),
    [
        (500, Item("Mug", 400, rate=Decimal(22)), "sum_mismatch"),
        (900, Item("Mug", 900, rate=Decimal(22)), "more_than_invoiced"),
        (400, Item("Mug", 400, rate=Decimal(10)), "more_than_invoiced"),
    ],
)
def test_named_lines_that_do_not_fit_are_refused(amount, item, code):
    with pytest.raises(Unbillable) as refused:
        note([], amount, items=[item], pricing=Pricing("EUR"))
    assert refused.value.code == code


def test_more_than_is_left_is_refused():
    first = Signed(1, groups_of(note([], 1000)))
    with pytest.raises(Unbillable) as refused:
        note([first], 300)
    assert refused.value.code == "more_than_invoiced"


@given(st.data(), ITEMS, st.sampled_from(["EUR", "JPY", "KWD"]))
@settings(max_examples=60, deadline=None)
def test_s69_all_credit_notes_of_a_full_refund_equal_the_invoice_per_rate(data, items, currency):
    lines = lines_of(items, Pricing(currency))
    if not sum(line.gross for line in lines):
        return
    invoice = invoice_of(lines, currency)
    earlier: list[Signed] = []
    left = invoice.gross
    while left:
        amount = data.draw(st.integers(1, left)) if len(earlier) < 8 else left
        back = lines_back(invoice, earlier, amount, text="Refund")
        assert sum(line.gross for line in back) == amount
        assert all(line.net + line.vat == line.gross and min(line.net, line.vat) >= 0 for line in back)
        groups = groups_of(back)
        earlier.append(Signed(1, groups))
        if data.draw(st.booleans()) and len(earlier) < 6:
            # The refund comes back: its note is undone, and counts no more.
            earlier.append(Signed(-1, groups))
        else:
            left -= amount
        assert all(min(rest.net, rest.vat) >= 0 for rest in rest_of(invoice, earlier).values())
    assert {(rest.net, rest.vat) for rest in rest_of(invoice, earlier).values()} == {(0, 0)}
