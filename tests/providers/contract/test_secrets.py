"""No secret and no card number is in what is logged, raised, shown or stored, whatever the PSP echoes."""

import logging
import traceback
from dataclasses import asdict

import pytest

from paymenthub.kernel.redact import contains_card_number
from providers.errors import DriverError, WebhookRejected
from providers.types import Operation, PayRequest, Verdict

from .bench import Bench, plainest
from .discovery import each_notified, each_operation
from .harness import READS, Harness
from .test_faults import NO_USABLE_ANSWER
from .test_notifications import events, headers, now
from .wire import Breakdown, Reply

CARD = "4111111111111111"
_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) - {"msg", "args"}


def _secrets(bench: Bench) -> list[str]:
    config = bench.account.config
    secrets = [config[f.name] for f in bench.driver.config_fields if f.secret and config.get(f.name)]
    assert secrets
    assert all(len(secret) >= 8 for secret in secrets)
    return secrets


def _told(bench: Bench, logs: pytest.LogCaptureFixture) -> str:
    """Return all that was logged, with every field of every record, and all that would be stored."""
    fields = [f"{n}={v}" for record in logs.records for n, v in vars(record).items() if n not in _EVERY_RECORD]
    return "\n".join([logs.text, *fields, *(str(asdict(exchange)) for exchange in bench.recorded), repr(bench.call)])


def _assert_clean(text: str, secrets: list[str]) -> None:
    for secret in secrets:
        assert secret not in text
    assert CARD not in text
    assert not contains_card_number(text)


@each_operation()
def test_a_good_answer_leaves_no_secret(
    harness: Harness, bench: Bench, operation: Operation, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    scenario = plainest(harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario)

    heard = bench.ask(operation, case.request)

    verdicts = heard if isinstance(heard, tuple) else (heard,)
    kept = [str(v) for v in case.request.provider_data.values()] if isinstance(case.request, PayRequest) else []
    shown = "\n".join([_told(bench, caplog), repr(heard), repr(case.request)])
    _assert_clean(shown, [*_secrets(bench), *(value for value in kept if len(value) >= 8)])
    assert bench.recorded, "the exchange was not handed to on_exchange"
    assert len(bench.recorded) == len(bench.wire.requests)
    for verdict in verdicts:
        if isinstance(verdict, Verdict) and verdict.action:
            assert verdict.action.redirect_url not in repr(verdict)


@each_operation()
@pytest.mark.parametrize("name", ["refusal", "unauthorized", *sorted(NO_USABLE_ANSWER)])
def test_trouble_leaves_no_secret_though_the_psp_echoes_it(
    harness: Harness, bench: Bench, operation: Operation, name: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    scenario = plainest(harness, operation)
    assert scenario is not None
    case = bench.prepare(scenario)
    echoed = f"Key {harness.credential(bench.account)} may not charge card {CARD}."
    fault: Reply | Breakdown
    if name == "refusal":
        fault = harness.refusal("bad_card", echoed)
    elif name == "unauthorized":
        fault = Reply(401, harness.refusal("bad_key", echoed).body)
    else:
        fault = NO_USABLE_ANSWER[name]
    bench.spoil_first(case.answer, fault, write=operation not in READS)

    with pytest.raises(DriverError) as caught:
        bench.ask(operation, case.request)

    error = caught.value
    raised = "\n".join([repr(error), str(error), error.message, error.psp_code, error.request_id])
    _assert_clean(raised, _secrets(bench))
    _assert_clean("".join(traceback.format_exception(error)), _secrets(bench))
    _assert_clean(_told(bench, caplog), _secrets(bench))


@each_notified()
def test_a_notification_leaves_no_secret(harness: Harness, bench: Bench, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    event = events(bench)["paid"]
    bench.notify(event.body, {**event.headers, **headers(bench, event.body)}, now())
    with pytest.raises(WebhookRejected) as caught:
        bench.notify(event.body + b" ", {**event.headers, **headers(bench, event.body)}, now())

    shown = "".join(traceback.format_exception(caught.value)) + _told(bench, caplog) + repr(bench.account)
    _assert_clean(shown, _secrets(bench))
