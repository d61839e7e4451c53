"""S18: many refunds in one request: a result for each row, no row twice, and a batch that stopped goes on."""

import pytest
from django.db import IntegrityError

from paymenthub.kernel.errors import InvalidField, NotFound
from paymenthub.kernel.money import Money
from payments.models import Payment, Refund, RefundBatch, RefundBatchRow
from payments.services.bulk_refund import BatchReused, BulkRow, RowResult, find, refund_in_bulk, results
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from payments.verdicts import external
from payments.verdicts.apply import Told
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome, Reference, Subject, Verdict
from tests import factories, scripted
from tests.concurrency import race

pytestmark = pytest.mark.django_db(transaction=True)
BATCH = "recall-1"


def yes(call, request):
    return scripted.refund(Outcome.SUCCEEDED, request.money.amount, id=f"ref-{request.refund_reference}")


@pytest.fixture
def paid(project, account, script) -> list[Payment]:
    """Three payments of 1299, captured."""
    script.pay = [
        lambda call, request: scripted.payment(Outcome.SUCCEEDED, id=f"psp-{call.attempt_reference}") for _ in range(2)
    ]
    script.refund = [yes]
    return [pay(factories.pay_command(project)).payment for _ in range(3)]


def rows(payments, **over):
    return [BulkRow(payment.public_id, **over) for payment in payments]


def send(project, batch_rows, *, batch_id=BATCH, mode="test", seconds=20.0):
    return refund_in_bulk(
        project=project, mode=mode, batch_id=batch_id, rows=batch_rows, by=By(actor="ada"), seconds=seconds
    )


def standing(batch) -> list[str]:
    """`WAITING`, the error's code, or the attempt's state, row by row."""
    return [_word(result) for result in results(batch)]


def _word(result: RowResult) -> str:
    if result.is_waiting:
        return "WAITING"
    return result.attempt.state if result.attempt else result.row.error_code


def test_each_row_is_refunded_and_has_its_own_result(project, paid, script):
    batch = send(project, rows(paid, amount=500, reason="recall"))
    assert standing(batch) == ["SUCCEEDED"] * 3
    assert (
        list(Refund.objects.order_by("id").values_list("amount", "reason", "batch_id", "actor"))
        == [(500, "recall", BATCH, "ada")] * 3
    )


def test_a_row_without_amount_gives_back_what_is_left(project, paid, script):
    refund(RefundCommand(paid[1], Money(300, "EUR")), By())
    batch = send(project, rows(paid))
    assert [result.attempt.amount for result in results(batch)] == [1299, 999, 1299]


def test_s18_a_row_that_is_refused_stops_no_other(project, paid, script):
    refund(RefundCommand(paid[0], Money(1299, "EUR")), By())
    taken_back = Verdict(
        Subject.CHARGEBACK, Outcome.SUCCEEDED, Money(1299, "EUR"), references=(Reference("chargeback", "cb"),)
    )
    external.record(payment_id=paid[1].id, verdict=taken_back, told=Told("webhook"))
    wanted = [
        BulkRow(paid[0].public_id),
        BulkRow(paid[1].public_id),
        BulkRow("nobody"),
        BulkRow(paid[2].public_id, 1300),
    ]
    batch = send(project, wanted)
    assert standing(batch) == ["over_refund", "refund_after_chargeback", "not_found", "over_refund"]
    assert results(batch)[3].row.error_details["refundable"] == 1299
    assert (Refund.objects.filter(batch_id=BATCH).count(), script.count("refund")) == (0, 1)
    other = send(project, [BulkRow(paid[2].public_id, 1300, "USD")], batch_id="other")
    assert standing(other) == ["unprocessable"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (scripted.refund(Outcome.DECLINED, 1299), "DECLINED"),
        (scripted.refund(Outcome.PENDING, 1299), "PENDING"),
        (OutcomeUnknown("timeout"), "UNKNOWN"),
    ],
)
def test_what_the_provider_says_of_one_row_is_that_rows(project, paid, script, answer, expected):
    script.refund = [yes, answer, yes]
    batch = send(project, rows(paid))
    assert standing(batch) == ["SUCCEEDED", expected, "SUCCEEDED"]


def test_s18_the_same_batch_again_refunds_nothing_twice(project, paid, script):
    first = send(project, rows(paid))
    again = send(project, rows(paid))
    assert (again.pk, standing(again)) == (first.pk, ["SUCCEEDED"] * 3)
    assert (script.count("refund"), RefundBatch.objects.count(), RefundBatchRow.objects.count()) == (3, 1, 3)


def test_a_batch_whose_time_is_over_goes_on_with_the_next_request(project, paid, script):
    batch = send(project, rows(paid), seconds=0)
    assert (standing(batch), script.count("refund")) == (["WAITING"] * 3, 0)
    assert standing(send(project, rows(paid))) == ["SUCCEEDED"] * 3


def test_s18_a_batch_whose_process_died_in_the_middle_goes_on_and_finds_what_was_done(project, paid, script):
    def die(call, request):
        raise KeyboardInterrupt

    script.refund = [yes, die, yes]
    with pytest.raises(KeyboardInterrupt):
        send(project, rows(paid))
    batch = send(project, rows(paid))
    # The second one's outcome is not known, so it is not sent again.
    assert standing(batch) == ["SUCCEEDED", "OPEN", "SUCCEEDED"]
    assert script.count("refund") == 3


def test_a_row_that_was_surely_not_sent_is_tried_again_and_refunded_once(project, paid, script):
    script.refund = [yes, Unavailable("down"), yes]
    batch = send(project, rows(paid))
    assert standing(batch) == ["SUCCEEDED", "WAITING", "SUCCEEDED"]
    script.refund = [Unavailable("down"), yes]
    send(project, rows(paid))
    assert standing(batch) == ["SUCCEEDED", "WAITING", "SUCCEEDED"]
    send(project, rows(paid))
    assert standing(batch) == ["SUCCEEDED"] * 3
    paid[1].refresh_from_db()
    assert (paid[1].refunded_by_us, paid[1].refund_reserved) == (1299, 0)
    tries = Refund.objects.filter(payment=paid[1]).order_by("id").values_list("batch_id", "state")
    assert list(tries) == [(BATCH, "failed"), (f"{BATCH}#2", "failed"), (f"{BATCH}#3", "succeeded")]


def test_what_was_open_is_shown_as_it_stands_later(project, paid, script):
    script.refund = [scripted.refund(Outcome.PENDING, 1299)]
    batch = send(project, rows(paid[:1]))
    attempt = results(batch)[0].attempt
    attempt.state = "SUCCEEDED"
    attempt.save()
    assert standing(find(project=project, mode="test", batch_id=BATCH)) == ["SUCCEEDED"]


@pytest.mark.parametrize(
    "change",
    [
        lambda given: given[:2],
        lambda given: [*given[:2], BulkRow(given[2].payment_id, 5)],
        lambda given: [*given[:2], BulkRow(given[2].payment_id, None, "EUR")],
        lambda given: [*given[:2], BulkRow(given[2].payment_id, reason="other")],
        lambda given: given[::-1],
    ],
)
def test_other_rows_under_a_known_batch_are_refused(project, paid, script, change):
    send(project, rows(paid))
    with pytest.raises(BatchReused):
        send(project, change(rows(paid)))
    assert script.count("refund") == 3


def test_two_rows_for_one_payment_are_refused_whatever_they_call_it(project, paid, script):
    reference = paid[0].references.get().value
    for twice in ([paid[0].public_id] * 2, [paid[0].public_id, reference], ["nobody", "nobody"]):
        with pytest.raises(InvalidField) as refused:
            send(project, [BulkRow(name) for name in twice])
        assert refused.value.param == "rows[1].paymentId"
    assert (RefundBatch.objects.count(), script.count("refund")) == (0, 0)


def test_batches_and_payments_of_others_are_not_there(project, paid, script):
    other = factories.make_project()
    send(project, rows(paid))
    for stranger, mode in ((other, "test"), (project, "live")):
        with pytest.raises(NotFound):
            find(project=stranger, mode=mode, batch_id=BATCH)
        batch = send(stranger, rows(paid), mode=mode)
        assert standing(batch) == ["not_found"] * 3
    assert script.count("refund") == 3


def test_one_id_for_two_payments_is_told(project, paid, script):
    second = factories.make_account(project, name="second", is_default=False)
    reference = paid[0].references.get()
    paid[1].references.update(provider_account=second, value=reference.value)
    batch = send(project, [BulkRow(reference.value)])
    assert (standing(batch), script.count("refund")) == (["conflict"], 0)


def test_the_same_batch_from_many_sides_at_once_refunds_each_row_once(project, paid, script):
    outcomes = race.together(*[lambda: send(project, rows(paid))] * 8)
    assert race.errors_in(outcomes) == []
    assert len({batch.pk for batch in outcomes}) == 1
    assert standing(outcomes[0]) == ["SUCCEEDED"] * 3
    assert (script.count("refund"), Refund.objects.count()) == (3, 3)
    assert sorted(Payment.objects.values_list("refunded_by_us", "refund_reserved")) == [(1299, 0)] * 3


def test_s18_the_database_refuses_a_second_refund_of_a_row_too(project, paid, script, monkeypatch):
    """Parts of 100 fit many times over; with both looks for the earlier one taken away, the constraint is what holds."""
    monkeypatch.setattr("payments.services.bulk_refund.refunds.of_batch", lambda *_: {})
    monkeypatch.setattr("payments.services.refund._earlier", lambda *_: None)
    send(project, rows(paid[:1], amount=100))
    with pytest.raises(IntegrityError, match="refund_once_per_batch"):
        send(project, rows(paid[:1], amount=100))
    assert script.count("refund") == 1
