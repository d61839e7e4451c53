from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymenthub.kernel.money import MAX_AMOUNT, Money, MoneyError, exponent, is_currency

amounts = st.integers(min_value=0, max_value=MAX_AMOUNT)
currencies = st.sampled_from(["JPY", "EUR", "USD", "KWD", "CLF"])
weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(("code", "decimals"), [("JPY", 0), ("EUR", 2), ("KWD", 3), ("CLF", 4), ("XOF", 0), ("XCD", 2)])
def test_s66_exponent_of_a_currency_is_that_of_iso_4217(code, decimals):
    assert is_currency(code)
    assert exponent(code) == decimals


@pytest.mark.parametrize("code", ["eur", "EURO", "", "ZZZ", "XAU", "XTS", "XXX", "XDR", " EUR", 978, None])
def test_a_code_without_minor_units_or_unknown_is_no_currency(code):
    assert not is_currency(code)
    with pytest.raises(MoneyError):
        exponent(code)
    with pytest.raises(MoneyError):
        Money(1, code)


@pytest.mark.parametrize("amount", [True, False, 1.0, "1", None, Decimal(1), -1, MAX_AMOUNT + 1])
def test_an_amount_that_is_no_integer_in_range_is_refused(amount):
    with pytest.raises(MoneyError):
        Money(amount, "EUR")


@pytest.mark.parametrize("amount", [0, 1, MAX_AMOUNT])
def test_amounts_in_range_are_kept_as_they_are(amount):
    assert Money(amount, "EUR").amount == amount


def test_money_cannot_be_changed_and_compares_and_hashes_by_value():
    money = Money(5, "EUR")
    with pytest.raises(AttributeError):
        money.amount = 6
    assert {money: 1}[Money(5, "EUR")] == 1
    assert money != Money(5, "USD")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(1234, "EUR", "12.34"), (5, "EUR", "0.05"), (0, "EUR", "0.00"), (1234, "JPY", "1234"), (1, "KWD", "0.001")],
)
def test_decimal_form_has_exactly_the_decimals_of_the_currency(amount, currency, text):
    assert str(Money(amount, currency).to_decimal()) == text
    assert str(Money(amount, currency)) == f"{text} {currency}"


@pytest.mark.parametrize(
    ("value", "currency", "amount"),
    [
        ("12.34", "EUR", 1234),
        ("12.3", "EUR", 1230),
        ("12.3400", "EUR", 1234),
        ("12", "JPY", 12),
        ("12.0", "JPY", 12),
        (Decimal("1.2E+3"), "EUR", 120000),
        (Decimal("0E-999999"), "EUR", 0),
        (Decimal("-0"), "EUR", 0),
        ("10000000000000.00", "EUR", MAX_AMOUNT),
    ],
)
def test_decimals_are_read_exactly(value, currency, amount):
    assert Money.from_decimal(value, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("value", "currency"),
    [
        ("12.345", "EUR"),
        ("0.5", "JPY"),
        (Decimal("1E-999999"), "EUR"),
        (Decimal("0." + "1" * 60), "EUR"),
        ("10000000000000.01", "EUR"),
        (Decimal("1E+999999"), "EUR"),
        ("-1", "EUR"),
        (Decimal("-0.01"), "EUR"),
        ("1e3", "EUR"),
        ("NaN", "EUR"),
        (Decimal("NaN"), "EUR"),
        (Decimal("Infinity"), "EUR"),
        ("1_000", "EUR"),
        (" 1", "EUR"),
        ("1,00", "EUR"),
        ("١", "EUR"),
        ("", "EUR"),
        (".5", "EUR"),
        (1.5, "EUR"),
        (1, "EUR"),
        ("1", "XXX"),
    ],
)
def test_a_decimal_that_cannot_be_read_exactly_is_refused(value, currency):
    with pytest.raises(MoneyError):
        Money.from_decimal(value, currency)


def test_reading_and_writing_do_not_depend_on_the_decimal_context():
    with localcontext() as context:
        context.prec = 3
        assert Money.from_decimal("123456.78", "EUR") == Money(12345678, "EUR")
        assert Money(12345678, "EUR").to_decimal() == Decimal("123456.78")


@given(amounts, currencies)
def test_decimal_form_reads_back_as_the_same_money(amount, currency):
    money = Money(amount, currency)
    assert Money.from_decimal(money.to_decimal(), currency) == money
    assert Money.from_decimal(str(money).split()[0], currency) == money


def test_sums_and_differences_stay_in_the_currency_and_the_range():
    assert Money(5, "EUR") + Money(7, "EUR") == Money(12, "EUR")
    assert Money(7, "EUR") - Money(5, "EUR") == Money(2, "EUR")
    with pytest.raises(MoneyError):
        Money(5, "EUR") - Money(6, "EUR")
    with pytest.raises(MoneyError):
        Money(MAX_AMOUNT, "EUR") + Money(1, "EUR")


def test_order_is_by_amount():
    small, big = Money(1, "EUR"), Money(2, "EUR")
    assert small < big
    assert small <= small
    assert big > small
    assert big >= big
    assert not big < small
    assert not big <= small
    assert not small > big
    assert not small >= big


OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_currencies_do_not_mix(operation):
    with pytest.raises(MoneyError):
        operation(Money(2, "EUR"), Money(1, "USD"))


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_money_and_plain_numbers_do_not_mix(operation):
    with pytest.raises(TypeError):
        operation(Money(2, "EUR"), 1)


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (1, [1, 2], [0, 1]),
        (10, [0, 1, 0], [0, 10, 0]),
        (0, [1, 1], [0, 0]),
        (5, [7], [5]),
    ],
)
def test_split_gives_what_is_left_to_the_largest_remainders(amount, shares, parts):
    assert Money(amount, "EUR").split(shares) == [Money(part, "EUR") for part in parts]


@given(amounts, weights)
def test_s69_split_loses_nothing_and_is_fair(amount, shares):
    parts = Money(amount, "EUR").split(shares)

    assert len(parts) == len(shares)
    assert sum(part.amount for part in parts) == amount
    for part, weight in zip(parts, shares, strict=True):
        exact, rest = divmod(amount * weight, sum(shares))
        assert part.amount in ({exact, exact + 1} if rest else {exact})


@pytest.mark.parametrize("shares", [[], [0, 0], [1, -1], [1.5], [True]])
def test_split_refuses_weights_that_share_nothing(shares):
    with pytest.raises(MoneyError):
        Money(10, "EUR").split(shares)
