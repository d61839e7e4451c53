"""One driver serves every merchant at once and keeps nothing of any of them."""

from concurrent.futures import ThreadPoolExecutor

from providers.errors import Rejected
from providers.types import Operation

from .bench import Bench, plainest, unchanged
from .discovery import each_notified, each_operation
from .harness import ENDS, Harness
from .test_notifications import events, headers, now

ROUNDS = 6


@each_operation()
def test_two_accounts_interleaved_never_meet(harness: Harness, bench: Bench, other_bench: Bench, operation: Operation):
    scenario = plainest(harness, operation)
    assert scenario is not None
    benches = [bench, other_bench]
    cases = [each.prepare(scenario) for each in benches]

    def ask(position: int) -> tuple[int, object]:
        mine = position % 2
        try:
            return mine, benches[mine].ask(operation, cases[mine].request)
        except Rejected:
            assert operation in ENDS, "only what is ended cannot be ended again"
            return mine, None

    with unchanged(harness.driver), ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(ask, range(2 * ROUNDS)))

    for mine, (each, case) in enumerate(zip(benches, cases, strict=True)):
        theirs = benches[1 - mine]
        foreign = [v for n, v in theirs.account.config.items() if v != each.account.config.get(n)]
        assert foreign
        assert len(each.wire.requests) >= ROUNDS
        for request in each.wire.requests:
            assert harness.credential(each.account) in request.everything
            assert not any(value in request.everything for value in foreign)
        assert {repr(answer) for whose, answer in heard if whose == mine and answer is not None} == {
            repr(case.expected())
        }


@each_notified()
def test_notifications_of_two_accounts_never_meet(harness: Harness, bench: Bench, other_bench: Bench):
    told = [(each, events(each)["paid"]) for each in (bench, other_bench)]

    def notify(position: int) -> tuple[object, object]:
        each, event = told[position % 2]
        return each.notify(event.body, {**event.headers, **headers(each, event.body)}, now()).verdicts, event.verdicts

    with unchanged(harness.driver), ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(notify, range(2 * ROUNDS)))

    assert all(got == expected for got, expected in heard)
