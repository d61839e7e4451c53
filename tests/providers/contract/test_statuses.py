"""Every status word of the PSP means one thing; a word that nobody knows is pending."""

from providers.types import Operation, Outcome, Verdict

from .bench import Bench
from .discovery import each_harness, each_status
from .harness import Harness

UNHEARD_OF = "status_of_tomorrow"


def _outcome(bench: Bench, operation: Operation, word: str) -> Verdict:
    case = bench.harness.case_of_status(operation, word, bench)
    bench.wire.reset(case.answer)
    heard = bench.ask(operation, case.request)
    return heard[0] if isinstance(heard, tuple) else heard


@each_status(Operation.FETCH)
def test_a_payments_status_means_one_thing(harness: Harness, bench: Bench, word: str):
    verdict = _outcome(bench, Operation.FETCH, word)

    assert verdict.outcome is harness.payment_statuses()[word]
    assert (verdict.decline is not None) == (verdict.outcome is Outcome.DECLINED)


@each_status(Operation.FETCH_REFUND)
def test_a_refunds_status_means_one_thing(harness: Harness, bench: Bench, word: str):
    assert _outcome(bench, Operation.FETCH_REFUND, word).outcome is harness.refund_statuses()[word]


@each_harness()
def test_a_word_that_nobody_knows_is_pending_and_kept(harness: Harness, bench: Bench):
    asked = {Operation.FETCH: harness.payment_statuses(), Operation.FETCH_REFUND: harness.refund_statuses()}
    for operation, known in asked.items():
        if operation in harness.driver.operations:
            assert known, f"{harness.driver.code}: no status words for {operation}"
            assert UNHEARD_OF not in known
            verdict = _outcome(bench, operation, UNHEARD_OF)
            assert verdict.outcome is Outcome.PENDING
            assert UNHEARD_OF in verdict.raw_status
