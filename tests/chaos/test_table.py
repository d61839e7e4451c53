"""A run fails for a broken promise, for a kind of fault that did nothing, for too few faults, and for a surprise."""

from collections import Counter
from dataclasses import replace

import pytest

from .plan import make_plan
from .table import Outcome, table
from .test_audit import RIGHT
from .world import Violation


@pytest.fixture
def good() -> Outcome:
    """A run in which every planned kind took effect once."""
    plan = make_plan(seed=7, payments=300, faults=20)
    outcome = Outcome(plan, 20, RIGHT, [], [], {}, {"200": 9}, [("amount_mismatch", 1)], 61.0, 20.4, {})
    return replace(outcome, effects=dict.fromkeys(outcome.planned(), 1))


def test_a_good_run_has_no_reason_to_fail(good: Outcome) -> None:
    assert good.failures() == []
    assert good.took_effect == len(good.planned())


def test_a_kind_that_never_took_effect_fails_the_run_and_is_marked(good: Outcome) -> None:
    outcome = replace(good, effects={**good.effects, "kill relay": 0})

    assert outcome.failures() == ["no effect of: kill relay"]
    assert [line.split()[-1] for line in table(outcome).splitlines() if line.startswith("kill relay")] == ["ZERO"]


def test_faults_of_kinds_that_were_not_planned_do_not_count(good: Outcome) -> None:
    outcome = replace(good, effects={**good.effects, "psp pay decline_expired_card": 50})

    assert outcome.took_effect == good.took_effect


def test_too_few_faults_fail_the_run(good: Outcome) -> None:
    outcome = replace(good, wanted=len(good.planned()) + 1)

    assert outcome.failures() == [f"{len(good.planned())} faults took effect, {len(good.planned()) + 1} were wanted"]


def test_a_broken_promise_fails_the_run_and_stands_in_its_row(good: Outcome) -> None:
    outcome = replace(good, violations=[Violation("charged once", "one", "2 charges at the PSP: [1, 1]")])

    assert outcome.failures() == ["1 promises were not kept"]
    rows = {line[:40].strip(): line[40:].split() for line in table(outcome).splitlines()}
    assert (rows["charged once"], rows["agrees with psp"]) == (["1"], ["0"])


def test_a_surprise_fails_the_run(good: Outcome) -> None:
    assert replace(good, surprises=["3.0 s: relay ended by itself"]).failures() == ["1 things happened that must not"]


def test_the_table_counts_every_planned_fault(good: Outcome) -> None:
    planned = Counter(good.planned())

    rows = {line[:40].strip(): line[40:].split() for line in table(good).splitlines()}

    assert {kind: rows[kind][1] for kind in planned} == dict.fromkeys(planned, "1")
    assert rows["psp pay delay"][0] == str(planned["psp pay delay"])
