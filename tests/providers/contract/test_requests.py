"""What a pay request tells the PSP, and what is refused before anything is sent."""

from dataclasses import replace

import pytest

from paymenthub.kernel import db
from paymenthub.kernel.http import NetworkInsideTransaction
from providers.errors import DriverError, InvalidProviderData
from providers.types import Feature, Operation, Verdict

from .bench import Bench, plainest
from .discovery import each_harness, each_operation, each_with_scenario, each_write, harnesses
from .harness import Harness
from .scenarios import Scenario

CREATES = (Operation.PAY, Operation.AUTHORIZE)


@each_write()
def test_the_hubs_references_are_sent_along(harness: Harness, bench: Bench, operation: Operation):
    scenario = plainest(harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario)

    heard = bench.ask(operation, case.request)

    if operation in CREATES:
        harness.driver.check_pay(case.request)
        told = "\n".join(request.everything for request in bench.writes())
        assert case.request.shop_reference in told
        assert bench.call.attempt_reference in told
        assert isinstance(heard, Verdict)
        assert heard.attempt_reference == bench.call.attempt_reference
    if operation is Operation.REFUND:
        assert case.request.refund_reference in "\n".join(request.everything for request in bench.writes())


@each_with_scenario(Scenario.FETCHED_PAID)
def test_a_payment_that_is_read_echoes_the_attempt(harness: Harness, bench: Bench):
    case = bench.prepare(Scenario.FETCHED_PAID)

    heard = bench.ask(Operation.FETCH, case.request)

    assert isinstance(heard, tuple)
    assert heard[0].attempt_reference


@each_harness()
def test_what_the_psp_could_not_take_is_refused_before_anything_is_sent(harness: Harness, bench: Bench):
    for request, param in harness.bad_requests(bench):
        with pytest.raises(InvalidProviderData) as caught:
            harness.driver.check_pay(request)
        assert caught.value.param == param
    assert bench.wire.requests == []


@each_operation()
def test_nothing_is_sent_while_a_transaction_is_open(
    harness: Harness, bench: Bench, operation: Operation, monkeypatch: pytest.MonkeyPatch
):
    scenario = plainest(harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario)
    monkeypatch.setattr(db, "in_transaction", lambda: True)

    with pytest.raises(NetworkInsideTransaction):
        bench.ask(operation, case.request)

    assert bench.wire.requests == []


@pytest.mark.parametrize(
    "harness",
    [
        code
        for code, each in harnesses().items()
        if Operation.FETCH in each.driver.operations and Feature.LOOKUP_BY_KEY not in each.driver.features
    ],
    indirect=True,
)
def test_without_ids_and_without_look_up_nothing_is_called_not_found(harness: Harness, bench: Bench):
    """Whoever cannot ask by our key cannot know: «not found» would end an attempt that may have been sent."""
    case = bench.prepare(Scenario.FETCHED_PAID)

    with pytest.raises(DriverError):
        bench.ask(Operation.FETCH, replace(case.request, references=()))

    assert bench.writes() == []
