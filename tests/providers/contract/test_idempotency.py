"""The key of the attempt is in every request that moves money; the same call is the same request."""

from typing import Any

from providers.errors import Rejected
from providers.types import Operation

from .bench import Bench, plainest
from .discovery import each_operation, each_write
from .harness import ENDS, Harness, Heard


@each_write()
def test_the_attempts_key_is_in_every_write(harness: Harness, bench: Bench, operation: Operation):
    scenario = plainest(harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario)

    bench.ask(operation, case.request)

    if harness.driver.idempotency_window is None:
        assert not harness.is_write(bench.wire.requests[0]), "a PSP without keys is asked first whether it has it"
        return
    keys = [harness.key_on_wire(request) for request in bench.writes()]
    assert keys
    assert all(bench.call.idempotency_key in key for key in keys)
    assert len(set(keys)) == len(keys), "two different requests under one key"


def _again(bench: Bench, operation: Operation, request: Any) -> Heard | None:
    """Ask the same once more; None where the PSP says that there is nothing left to end."""
    try:
        return bench.ask(operation, request)
    except Rejected:
        return None


@each_write()
def test_the_same_call_makes_the_same_request_and_another_one_another_key(
    harness: Harness, bench: Bench, operation: Operation
):
    scenario = plainest(harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario)

    first = bench.ask(operation, case.request)
    once = bench.writes()
    bench.wire.reset(case.answer)
    again = _again(bench, operation, case.request)
    twice = bench.writes()
    fresh = bench.prepare(scenario)
    bench.ask(operation, fresh.request, bench.new_call())
    other = bench.writes()

    assert again == first or (again is None and operation in ENDS)
    if harness.driver.idempotency_window is not None:
        assert [(r.path, r.body, harness.key_on_wire(r)) for r in twice] == [
            (r.path, r.body, harness.key_on_wire(r)) for r in once
        ]
        assert not {harness.key_on_wire(r) for r in other} & {harness.key_on_wire(r) for r in once}
    else:
        assert twice == [], "the PSP has it already"


@each_operation()
def test_every_request_carries_the_accounts_credentials(harness: Harness, bench: Bench, operation: Operation):
    scenario = plainest(harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario)

    bench.ask(operation, case.request)

    assert bench.wire.requests
    assert all(harness.credential(bench.account) in request.everything for request in bench.wire.requests)
