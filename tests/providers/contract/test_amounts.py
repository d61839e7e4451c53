"""Amounts arrive at the PSP exactly, and come back exactly."""

import pytest

from paymenthub.kernel.money import Money
from providers.types import Operation, Verdict

from .bench import Bench, plainest
from .discovery import each_with_scenario, harnesses, operations_of
from .harness import Harness
from .scenarios import Scenario

ZERO_DECIMALS = ("JPY", "KRW", "CLP", "VND")
THREE_DECIMALS = ("KWD", "BHD", "JOD", "TND", "OMR")
WITH_AMOUNT = (Operation.PAY, Operation.AUTHORIZE, Operation.CAPTURE, Operation.REFUND, Operation.LINK_CREATE)


def amounts(harness: Harness) -> list[Money]:
    """Return the amounts a PSP is tried with, in currencies that it takes."""
    takes = harness.driver.takes
    tried = [Money(1, "EUR"), Money(1000, "EUR"), Money(123456789, "EUR")] if takes("EUR") else []
    tried += [Money(500, code) for code in ZERO_DECIMALS if takes(code)][:1]
    return tried + [Money(12340, code) for code in THREE_DECIMALS if takes(code)][:1]


def _cases() -> list[object]:
    return [
        pytest.param(h.driver.code, operation, money, id=f"{h.driver.code}-{operation}-{money.amount}-{money.currency}")
        for h in harnesses().values()
        for operation in operations_of(h)
        if operation in WITH_AMOUNT
        for money in amounts(h)
    ]


@pytest.mark.parametrize(("harness", "operation", "money"), _cases(), indirect=["harness"])
def test_an_amount_reaches_the_psp_exactly_and_comes_back(
    harness: Harness, bench: Bench, operation: Operation, money: Money
):
    scenario = plainest(harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario, money)
    assert case.request.money == money

    heard = bench.ask(operation, case.request)

    written = [amount for request in bench.writes() if (amount := harness.amount_on_wire(request)) is not None]
    assert {amount for amount, _ in written} == {harness.amount_text(money)}
    assert {currency.upper() for _, currency in written} <= {money.currency, ""}
    assert isinstance(heard, Verdict)
    assert heard.money == money


@each_with_scenario(Scenario.CAPTURED_PARTIAL)
def test_a_part_is_captured_and_no_more(harness: Harness, bench: Bench):
    case = bench.prepare(Scenario.CAPTURED_PARTIAL)

    heard = bench.ask(Operation.CAPTURE, case.request)

    written = [amount for request in bench.writes() if (amount := harness.amount_on_wire(request)) is not None]
    assert [amount for amount, _ in written] == [harness.amount_text(case.request.money)]
    assert isinstance(heard, Verdict)
    assert heard.money == case.request.money
