"""S18: a batch whose worker dies goes on without doing a row twice; two workers share one batch without doing one twice."""

import datetime as dt
import threading
from typing import Any

import pytest

from backoffice.models import ActionBatch
from backoffice.services import run_batch as running
from backoffice.services.run_batch import due_batches, run_batch
from paymenthub.kernel import clock, ids
from paymenthub.kernel.money import Money
from payments.models import AuditEntry, Payment, Project, Refund
from payments.services import audit
from payments.services.ordering import By
from payments.services.refund import RefundCommand, refund
from tests import factories
from tests.backoffice import acting, bulk
from tests.concurrency import race
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The worker's process ends here."""


@pytest.fixture
def shop(project: Project, script: Script) -> Project:
    factories.make_account(project)
    script.refund = [acting.yes]
    return project


@pytest.fixture
def batch(shop: Project, script: Script) -> ActionBatch:
    marta = acting.staff(*acting.ALL)
    made = bulk.choose(marta, "refund", [acting.paid(shop, script) for _ in range(3)])
    bulk.start(marta, made)
    return made


def sent(script: Script) -> int:
    return sum(1 for what, *_ in script.asked if what == "refund")


def refunds_by_payment() -> list[int]:
    return sorted(Refund.objects.filter(payment=payment).count() for payment in Payment.objects.all())


def lease_is_over(batch: ActionBatch) -> None:
    ActionBatch.objects.filter(pk=batch.pk).update(lease_until=clock.now() - dt.timedelta(seconds=1))


def killed_at_the_second_row(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Let the worker die in its second row: where the function `what` of the runner is called."""
    real, calls = getattr(running, what), iter(range(100))

    def dying(*args: Any) -> Any:
        if next(calls) == 1:
            raise Killed
        return real(*args)

    monkeypatch.setattr(running, what, dying)


@pytest.mark.parametrize(("where", "refunded"), [("_carry_out", 1), ("_record", 2)])
def test_s18_a_killed_worker_is_followed_by_another_that_does_the_rest_once(
    batch: ActionBatch, script: Script, monkeypatch: pytest.MonkeyPatch, where: str, refunded: int
) -> None:
    with monkeypatch.context() as patch:
        killed_at_the_second_row(patch, where)
        with pytest.raises(Killed):
            run_batch(batch.pk)
    assert (sent(script), due_batches()) == (refunded, [])
    bulk.run(batch)
    assert sent(script) == refunded  # the dead one's lease still holds

    lease_is_over(batch)
    assert due_batches() == [batch.pk]
    bulk.run(batch)

    assert (batch.state, bulk.ended(batch)) == ("done", [("ended", "ok")] * 3)
    assert (refunds_by_payment(), sent(script)) == ([1, 1, 1], 3)


def test_control_where_a_row_has_no_claim_of_its_own_the_second_worker_refunds_again(
    batch: ActionBatch, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch.rows.update(amount=500)  # so that the amounts do not refuse a second one

    def act(row: Any, subject: Any, claim: Any) -> None:
        refund(RefundCommand(subject.paid, Money(500, "EUR"), note=str(ids.new_uuid())), By(claim=claim))

    monkeypatch.setattr(running.KINDS["refund"], "act", act, raising=False)
    real = audit.Draft
    monkeypatch.setattr(audit, "Draft", lambda **given: real(**given | {"object_id": ids.new_uuid()}))
    with monkeypatch.context() as patch:
        patch.setattr(running, "_record", lambda *args: None)
        run_batch(batch.pk)
    lease_is_over(batch)

    run_batch(batch.pk)

    assert (refunds_by_payment(), sent(script)) == ([2, 2, 2], 6)


def test_s18_two_workers_at_the_same_batch_do_each_row_once(
    batch: ActionBatch, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody_has_the_lease(monkeypatch)
    both_before_the_first_row(monkeypatch)

    results = race.together(lambda: run_batch(batch.pk), lambda: run_batch(batch.pk))
    batch.refresh_from_db()

    assert race.errors_in(results) == []
    assert (batch.state, refunds_by_payment(), sent(script)) == ("done", [1, 1, 1], 3)
    assert AuditEntry.objects.filter(number=1, action="refund").count() == 3


def test_s18_of_two_workers_only_one_gets_the_lease(batch: ActionBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []
    real = running._work
    monkeypatch.setattr(running, "_work", lambda row: (worked.append(threading.current_thread().name), real(row)))

    race.together(lambda: run_batch(batch.pk), lambda: run_batch(batch.pk))

    assert (len(worked), len(set(worked))) == (3, 1)


def everybody_has_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the lease away: whoever asks has it."""
    monkeypatch.setattr(running, "_claim", lambda batch_id, *, held=None: clock.now())


def both_before_the_first_row(monkeypatch: pytest.MonkeyPatch) -> None:
    meet, real, calls = threading.Barrier(2), running._carry_out, iter(range(100))

    def carried(row: Any) -> Any:
        if next(calls) < 2:
            meet.wait(race.WAIT)
        return real(row)

    monkeypatch.setattr(running, "_carry_out", carried)
