"""What an order system says was sold is read strictly."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.domain.document import VatCategory
from invoices.domain.items import MOST_ITEMS, Item, read_items
from invoices.domain.problems import Unbillable


def test_an_item_of_the_published_hub_is_read():
    (item,) = read_items({"itemId": "m1", "description": " A  mug ", "quantity": 2, "amount": 400, "iva": 22})
    assert item == Item("A mug", 400, Decimal(2), Decimal(22), item_id="m1")


def test_every_field_is_read():
    (item,) = read_items(
        [
            {
                "description": "Lesson",
                "quantity": "1.5",
                "amount": 1000.0,
                "vatRate": 0,
                "discount": 100,
                "exemptionReason": "Art. 10",
            }
        ]
    )
    assert item == Item("Lesson", 1000, Decimal("1.5"), Decimal(0), 100, VatCategory.EXEMPT, "Art. 10")


def test_reverse_charge_needs_no_rate():
    (item,) = read_items([{"description": "Work", "amount": 5, "vatCategory": "AE"}])
    assert (item.category, item.rate) == (VatCategory.REVERSE_CHARGE, Decimal(0))


GOOD = {"description": "Mug", "amount": 400}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"amount": -1}, "items[0].amount"),
        ({"amount": True}, "items[0].amount"),
        ({"amount": 1.5}, "items[0].amount"),
        ({"amount": "400"}, "items[0].amount"),
        ({"amount": 10**15 + 1}, "items[0].amount"),
        ({"amount": None}, "items[0].amount"),
        ({"discount": -5}, "items[0].discount"),
        ({"quantity": 0}, "items[0].quantity"),
        ({"quantity": -2}, "items[0].quantity"),
        ({"quantity": "1e999999"}, "items[0].quantity"),
        ({"quantity": "NaN"}, "items[0].quantity"),
        ({"quantity": float("inf")}, "items[0].quantity"),
        ({"quantity": "1.1234567"}, "items[0].quantity"),
        ({"quantity": 10**7}, "items[0].quantity"),
        ({"vatRate": 101}, "items[0].vatRate"),
        ({"vatRate": -1}, "items[0].vatRate"),
        ({"vatRate": True}, "items[0].vatRate"),
        ({"vatRate": [22]}, "items[0].vatRate"),
        ({"vatRate": 22, "iva": 4}, "items[0].iva"),
        ({"vatRate": 22, "vatCategory": "AE"}, "items[0].vatRate"),
        ({"vatRate": 0, "vatCategory": "S"}, "items[0].vatRate"),
        ({"vatCategory": "X"}, "items[0].vatCategory"),
        ({"vatCategory": ["S"]}, "items[0].vatCategory"),
        ({"description": ""}, "items[0].description"),
        ({"description": "x" * 501}, "items[0].description"),
        ({"description": "a\x00b"}, "items[0].description"),
        ({"description": "a\u202eb"}, "items[0].description"),
        ({"description": {"a": 1}}, "items[0].description"),
        ({"surprise": 1}, "items[0].surprise"),
    ],
)
def test_what_is_wrong_is_refused_and_named(change, where):
    with pytest.raises(Unbillable) as refused:
        read_items([GOOD | change])
    assert (refused.value.code, refused.value.param) == ("items_invalid", where)


@pytest.mark.parametrize("raw", [[], "mug", 5, None, [5], [[]], [GOOD] * (MOST_ITEMS + 1)])
def test_what_is_no_list_of_items_is_refused(raw):
    with pytest.raises(Unbillable):
        read_items(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["itemId", "description", "quantity", "amount", "vatRate", "discount", "vatCategory"])


@given(st.lists(st.dictionaries(NAMES, JSON, max_size=6), max_size=3) | JSON)
@settings(max_examples=60, deadline=None)
def test_hostile_input_is_read_or_refused_and_nothing_else(raw):
    with contextlib.suppress(Unbillable):
        assert all(item.amount >= 0 and item.quantity > 0 for item in read_items(raw))
