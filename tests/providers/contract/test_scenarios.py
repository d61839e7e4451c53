"""Every scenario ends in the exact verdict, or the right error, and is evidence for its operation."""

import pytest

from providers.errors import DriverError
from providers.types import EventsPage, Subject, Verdict

from . import evidence, shape
from .bench import Bench
from .discovery import each_scenario
from .evidence import Level
from .harness import LOCAL, Harness, Heard
from .scenarios import MEANINGS, Meaning, Scenario

REFUND_LIKE = (Subject.REFUND, Subject.CHARGEBACK)


@each_scenario()
def test_a_scenario_ends_as_the_vocabulary_says(
    harness: Harness, bench: Bench, scenario: Scenario, request: pytest.FixtureRequest
):
    meaning = MEANINGS[scenario]
    case = bench.prepare(scenario)

    if meaning.error is not None:
        with pytest.raises(DriverError) as caught:
            bench.ask(meaning.operation, case.request)
        assert type(caught.value) is meaning.error
        assert caught.value.psp_code == case.expected()
    else:
        heard = bench.ask(meaning.operation, case.request)
        assert heard == case.expected()
        verdicts = _verdicts(heard)
        _means(verdicts[0], meaning)
        if scenario is Scenario.FETCHED_WITH_REFUND:
            assert Subject.REFUND in {verdict.subject for verdict in verdicts[1:]}
        for verdict in verdicts:
            shape.check(verdict)
        for verdict in verdicts[1:]:
            assert verdict.parent or verdict.subject not in REFUND_LIKE

    assert bench.wire.exchanges or meaning.operation in LOCAL
    levels = _levels(harness, bench)
    evidence.note(request, harness.driver.code, meaning.operation, levels)
    if meaning.feature is not None:
        evidence.note(request, harness.driver.code, meaning.feature, levels)


def _verdicts(heard: Heard) -> tuple[Verdict, ...]:
    if isinstance(heard, EventsPage):
        assert all(notification.key for notification in heard.notifications)
        assert not heard.unreadable
        return tuple(verdict for notification in heard.notifications for verdict in notification.verdicts)
    return heard if isinstance(heard, tuple) else (heard,)


def _means(verdict: Verdict, meaning: Meaning) -> None:
    assert verdict.outcome is meaning.outcome
    if meaning.reason is not None:
        assert verdict.decline is not None
        assert verdict.decline.reason is meaning.reason


def _levels(harness: Harness, bench: Bench) -> set[Level]:
    """Return the levels that all exchanges of the scenario reached."""
    judged = [harness.judge(exchange) for exchange in bench.wire.exchanges]
    return set.intersection(*judged) or {Level.E} if judged else {Level.E}
