"""Trouble at every operation: it is told as the contract says, and the wire carries one request and no second."""

import socket
from dataclasses import replace

import pytest

from paymenthub.kernel.http import Transport
from providers.errors import AuthFailed, DriverError, OutcomeUnknown, Rejected, Unavailable
from providers.types import Operation

from .bench import Bench, plainest, scenarios_of
from .discovery import each_operation, each_with_scenario
from .harness import READS, Harness, always
from .scenarios import Scenario
from .wire import Breakdown, Reply, close, hang, reset, truncate

HTML = Reply(200, b"<!doctype html><title>Sorry</title>", {"content-type": "text/html"})
NO_USABLE_ANSWER: dict[str, Reply | Breakdown] = {
    "reset": reset,
    "closed_without_a_byte": close,
    "answer_cut_off": truncate,
    "server_error": Reply.of({"error": {"message": "internal"}}, 500),
    "bad_gateway_in_html": replace(HTML, status=502),
    "gateway_timeout": Reply(504, b""),
    "malformed_json": Reply(200, b'{"id": "x", '),
    "html_answer": HTML,
    "empty_answer": Reply(200, b""),
    "not_utf8": Reply(200, b"\xff\xfe\x00"),
    "not_a_number": Reply(200, b'{"amount": NaN}'),
    "empty_object": Reply.of({}),
    "empty_list": Reply.of([]),
    "null": Reply.of(None),
    "text": Reply.of("ok"),
    "other_types": Reply.of({"id": [], "status": {}, "amount": "much", "currency": 7, "object": None, "data": 3}),
}
trouble = pytest.mark.parametrize("name", NO_USABLE_ANSWER)


def _spoiled(bench: Bench, operation: Operation, fault: Reply | Breakdown) -> tuple[DriverError, int]:
    """Ask with the first answer (of a write: the first answer to a write) spoiled; return the error and its count."""
    scenario = plainest(bench.harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario)
    met = bench.spoil_first(case.answer, fault, write=operation not in READS)
    with pytest.raises(DriverError) as caught:
        bench.ask(operation, case.request)
    return caught.value, len(met)


@each_operation()
@trouble
def test_no_usable_answer_is_unknown_where_money_may_have_moved(
    harness: Harness, bench: Bench, operation: Operation, name: str
):
    error, sent = _spoiled(bench, operation, NO_USABLE_ANSWER[name])

    assert type(error) is (Unavailable if operation in READS else OutcomeUnknown)
    assert sent == 1


@each_operation()
def test_silence_after_sending_is_unknown(harness: Harness, bench: Bench, operation: Operation, impatient: Transport):
    bench.with_transport(impatient)

    error, sent = _spoiled(bench, operation, hang)

    assert type(error) is (Unavailable if operation in READS else OutcomeUnknown)
    assert sent == 1


@each_operation()
def test_a_refused_connection_is_unavailable(harness: Harness, bench: Bench, operation: Operation):
    scenario = plainest(harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = taken.getsockname()[1]
    call = replace(bench.call, account=bench.account_at(f"http://127.0.0.1:{nobody}"))

    with pytest.raises(DriverError) as caught:
        bench.ask(operation, case.request, call, port=nobody)

    assert type(caught.value) is Unavailable
    assert bench.wire.requests == []


@each_operation()
def test_429_is_unavailable_and_not_tried_again(harness: Harness, bench: Bench, operation: Operation):
    fault = Reply(429, b'{"error": {"message": "slow down"}}', {"retry-after": "0", "content-type": "application/json"})

    error, sent = _spoiled(bench, operation, fault)

    assert type(error) is Unavailable
    assert sent == 1


@each_operation()
def test_401_is_the_merchants_credentials(harness: Harness, bench: Bench, operation: Operation):
    error, sent = _spoiled(bench, operation, Reply.of({"error": {"message": "no such key"}}, 401))

    assert type(error) is AuthFailed
    assert sent == 1


@each_operation()
def test_another_refusal_keeps_the_psps_code(harness: Harness, bench: Bench, operation: Operation):
    error, sent = _spoiled(bench, operation, harness.refusal("parameter_unknown", "There is no such parameter."))

    assert type(error) is Rejected
    assert error.psp_code == "parameter_unknown"
    assert "There is no such parameter." in error.message
    assert sent == 1


@each_operation()
def test_a_redirect_is_not_followed(harness: Harness, bench: Bench, other_bench: Bench, operation: Operation):
    there = Reply(307, b"", {"location": f"{other_bench.wire.url}/elsewhere"})

    error, sent = _spoiled(bench, operation, there)

    assert type(error) is (Unavailable if operation in READS else OutcomeUnknown)
    assert sent == 1
    assert other_bench.wire.requests == []


@each_with_scenario(Scenario.FETCHED_PAID)
@pytest.mark.parametrize("scenario", [Scenario.FETCHED_PAID, Scenario.FETCHED_BY_KEY])
@pytest.mark.parametrize("answer", [Reply.of({"detail": "no such route"}, 404), replace(HTML, status=404)])
def test_a_404_that_is_not_the_psps_own_is_not_not_found(
    harness: Harness, bench: Bench, scenario: Scenario, answer: Reply
):
    """A wrong base URL must not end an attempt that may have been sent."""
    if scenario not in scenarios_of(harness):
        scenario = Scenario.FETCHED_PAID
    case = bench.prepare(scenario)
    bench.wire.reset(always(answer))

    with pytest.raises(DriverError):
        bench.ask(Operation.FETCH, case.request)


@each_with_scenario(Scenario.FETCHED_BY_KEY)
@trouble
def test_no_usable_answer_to_a_look_up_is_not_not_found(harness: Harness, bench: Bench, name: str):
    case = bench.prepare(Scenario.FETCHED_BY_KEY)
    bench.spoil_first(case.answer, NO_USABLE_ANSWER[name], write=False)

    with pytest.raises(Unavailable):
        bench.ask(Operation.FETCH, case.request)
