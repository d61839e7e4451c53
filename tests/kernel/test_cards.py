import time

import pytest

from paymenthub.kernel.cards import contains_card_number, is_card_number, mask_card_numbers

# Published test numbers of the brands.
CARDS = {
    "visa": "4111111111111111",
    "visa 13": "4222222222222",
    "visa 19": "4000000000000000006",
    "mastercard": "5555555555554444",
    "mastercard 2-series": "2223003122003222",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "diners": "30569309025904",
    "diners 36": "36227206271667",
    "jcb": "3530111333300000",
    "maestro": "6759649826438453",
    "maestro 13": "5018717856117",
    "unionpay": "6250941006528599",
    "unionpay 19": "6205500000000000004",
}


def with_check_digit(start: str) -> str:
    return next(start + digit for digit in "0123456789" if luhn_ok(start + digit))


def luhn_ok(digits: str) -> bool:
    doubled = [sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


CARDS["maestro 13"] = with_check_digit("501871785611")


@pytest.mark.parametrize("number", CARDS.values(), ids=CARDS)
def test_cards_of_every_brand_are_found_alone_and_in_text(number):
    assert is_card_number(number)
    assert contains_card_number(number)
    assert contains_card_number(f"my card is {number}, thanks")
    assert mask_card_numbers(f"a {number} b") == f"a {'*' * (len(number) - 4)}{number[-4:]} b"


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111 - 1111 1111 1111".replace(" - ", "- "),
        "4111\u00a01111\u20091111\u20131111",
        "3782 822463 10005",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "order 2024 4111 1111 1111 1111 12 27",
        "PAN4111111111111111CVC",
        "card_4111111111111111",
        "pan=4111111111111111&x=1",
        "４１１１１１１１１１１１１１１１",
        "12-4111111111111111",
    ],
)
def test_cards_are_found_with_separators_and_neighbours(text):
    assert contains_card_number(text)
    assert not contains_card_number(mask_card_numbers(text))


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # fails Luhn
        "9111111111111119",  # no brand
        "411111111111111111111",  # too long
        "411111111111",  # too short
        "1793836800000",  # epoch in milliseconds
        "1793836800000000000",  # epoch in nanoseconds
        "2026-11-20 22:44:01",
        "20261120224401123456",
        "4532.015112830366",  # a measurement
        "4111 1111 1111\n1111 1111",  # two lines
        "pay_41111111111111111111111111111111",
        "41111111-1111-1111-1111-111111111111",
        "41111111111111114111111111111111",
        "a4111111111111111a4111111111111111a4111111111111111a411111111111",
        "8535296650153317",  # a PSP reference of 16 digits
        "+49 30 1234 5678 90",
        "DE89370400440532013000",
        "",
    ],
)
def test_other_numbers_and_identifiers_are_left_alone(text):
    assert not contains_card_number(text)
    assert mask_card_numbers(text) == text


def test_several_cards_are_all_masked():
    assert mask_card_numbers("4111111111111111,378282246310005") == "************1111,***********0005"


@pytest.mark.parametrize("text", ["4 " * 8_000, "9" * 100_000, "4111-" * 20_000], ids=["single", "one", "fours"])
def test_a_long_text_of_digits_is_read_in_reasonable_time(text):
    started = time.perf_counter()
    mask_card_numbers(text)
    assert time.perf_counter() - started < 10  # usually well under one second; minutes if it grew with the square
