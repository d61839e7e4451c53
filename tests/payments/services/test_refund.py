"""Refunds: reserved before they are asked for, and counted once."""

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import PreconditionFailed, ProviderUnavailable, Unprocessable, WrongState
from paymenthub.kernel.money import Money
from payments.attempts import reconcile
from payments.inbox.process import process
from payments.models import Attempt, InboxMessage, OperatorItem, OutboxEvent, Payment, Refund, Source
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import AfterChargeback, OverRefund, RefundCommand, refund
from payments.services.results import Result
from payments.verdicts import external
from payments.verdicts.apply import Told, apply
from providers.errors import OutcomeUnknown, Rejected, Unavailable
from providers.types import Outcome, Reference, Subject, Verdict
from tests import factories, scripted
from tests.scripted import notification_body, payment

pytestmark = pytest.mark.django_db(transaction=True)
EUR = "EUR"


@pytest.fixture
def paid(project, account, script) -> Payment:
    """1299 EUR cents, captured."""
    script.pay = [payment(Outcome.SUCCEEDED)]
    return pay(factories.pay_command(project)).payment


def give_back(row: Payment, amount: int, by: By | None = None, **over):
    return refund(RefundCommand(row, Money(amount, EUR), **over), by or By())


def sums(row: Payment) -> tuple[int, int, int]:
    row.refresh_from_db()
    return row.refunded_by_us, row.refund_reserved, row.refundable


def yes(call, request):
    return scripted.refund(Outcome.SUCCEEDED, request.money.amount, id=f"ref-{request.refund_reference}")


def test_partial_refunds_up_to_the_exact_remainder(paid, script):
    script.refund = [yes]

    answers = [give_back(paid, amount).result for amount in (500, 700, 99)]

    assert answers == [Result.OK] * 3
    assert (sums(paid), paid.state) == ((1299, 0, 0), "TOTALLY_REFUNDED")
    types = OutboxEvent.objects.filter(payment=paid).order_by("sequence").values_list("type", "body__metadata__amount")
    assert list(types) == [
        ("payment.captured", 1299),
        ("refund.succeeded", 500),
        ("refund.succeeded", 700),
        ("refund.succeeded", 99),
    ]


def test_the_news_of_a_refund_name_it_and_the_sum_so_far(paid, script):
    script.refund = [yes]
    give_back(paid, 500)

    body = OutboxEvent.objects.filter(type="refund.succeeded").get().body

    row = Refund.objects.get()
    assert (body["status"], body["action"]) == ("ACCEPTED", "REFUND")
    assert body["metadata"]["refundId"] == row.public_id
    assert (body["metadata"]["amount"], body["metadata"]["totalRefundedAmount"]) == (500, 500)


def test_s12_over_sum_is_refused_with_what_may_be_refunded(paid, script):
    script.refund = [yes]
    give_back(paid, 1000)

    with pytest.raises(OverRefund) as error:
        give_back(paid, 300)

    assert (error.value.status, error.value.details["refundable"]) == (422, 299)
    assert (script.count("refund"), sums(paid)) == (1, (1000, 0, 299))


def test_s68_another_currency_is_refused(paid, script):
    with pytest.raises(Unprocessable):
        refund(RefundCommand(paid, Money(100, "USD")), By())

    assert script.count("refund") == 0


def test_a_payment_that_was_not_captured_cannot_be_refunded(project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    row = pay(factories.pay_command(project)).payment

    with pytest.raises(WrongState):
        give_back(row, 1)


@pytest.mark.parametrize("answer", [OutcomeUnknown("timeout"), scripted.refund(Outcome.PENDING, 500)])
def test_s13_a_refund_that_is_not_decided_stays_reserved(paid, script, answer):
    script.refund = [answer]

    outcome = give_back(paid, 500)

    assert (outcome.result, sums(paid)) == (Result.PENDING, (0, 500, 799))
    with pytest.raises(OverRefund):
        give_back(paid, 800)


@pytest.mark.parametrize("answer", [scripted.refund(Outcome.DECLINED, 500), Rejected("no")])
def test_a_definite_no_gives_the_reserve_up(paid, script, answer):
    script.refund = [answer]

    outcome = give_back(paid, 500)

    assert (outcome.result, sums(paid), paid.state) == (Result.KO, (0, 0, 1299), "REFUND_FAILED")
    assert Refund.objects.get().state == "failed"


def test_a_refund_that_was_not_sent_gives_the_reserve_up_and_may_be_sent_again(paid, script):
    script.refund = [Unavailable("refused"), yes]

    with pytest.raises(ProviderUnavailable):
        give_back(paid, 500)
    between = sums(paid)
    again = give_back(paid, 500)

    assert (between, again.result, sums(paid)) == ((0, 0, 1299), Result.OK, (500, 0, 799))


def test_an_equal_refund_sent_twice_within_a_minute_is_one(paid, script):
    script.refund = [yes]

    first, second = give_back(paid, 500), give_back(paid, 500)
    with clock.advanced(61):
        third = give_back(paid, 500)

    assert (first.replayed, second.replayed, third.replayed) == (False, True, False)
    assert (script.count("refund"), sums(paid)[0]) == (2, 1000)


def test_the_expected_remainder_is_a_precondition(paid, script):
    script.refund = [yes]
    give_back(paid, 500, expected_refundable=1299)

    with pytest.raises(PreconditionFailed) as error:
        give_back(paid, 500, expected_refundable=1299)

    assert error.value.details["refundable"] == 799


def test_s14_the_webhook_comes_before_the_answer(paid, script, account):
    def webhook_first(call, request):
        attempt = Attempt.objects.get(idempotency_key=call.idempotency_key)
        verdict = scripted.refund(Outcome.SUCCEEDED, 500, attempt_reference=attempt.public_id)
        apply(payment_id=paid.id, attempt_id=attempt.id, news=verdict, told=Told(Source.WEBHOOK, "evt"))
        return scripted.refund(Outcome.SUCCEEDED, 500)

    script.refund = [webhook_first]

    assert give_back(paid, 500).result is Result.OK
    assert (sums(paid), OutboxEvent.objects.filter(type="refund.succeeded").count()) == ((500, 0, 799), 1)


def test_s14_a_webhook_that_may_be_ours_waits_until_our_call_has_returned(paid, script, account, client, monkeypatch):
    monkeypatch.setattr("payments.callbacks.receive.nudge", lambda *_: None)

    def webhook_without_our_reference(call, request):
        body = notification_body(Outcome.SUCCEEDED, reference="", about="refund", id="ref_1", amount=500)
        client.post(f"/c/{account.webhook_token}", body, content_type="application/json", headers={"X-Secret": "s"})
        assert process(InboxMessage.objects.get().pk) == "unmatched"
        return scripted.refund(Outcome.SUCCEEDED, 500, id="ref_1")

    script.refund = [webhook_without_our_reference]
    give_back(paid, 500)
    with clock.advanced(300):
        assert process(InboxMessage.objects.get().pk) == "done"

    assert (sums(paid), paid.refunded_elsewhere) == ((500, 0, 799), 0)


def test_s15_a_refund_made_at_the_psp_is_recorded_once_and_shown(paid, script, account, client, monkeypatch):
    monkeypatch.setattr("payments.callbacks.receive.nudge", lambda *_: None)
    for key in ("evt_1", "evt_2"):
        body = notification_body(Outcome.SUCCEEDED, key=key, reference="", about="refund", id="ref_x", amount=2000)
        client.post(f"/c/{account.webhook_token}", body, content_type="application/json", headers={"X-Secret": "s"})
    for pk in InboxMessage.objects.values_list("pk", flat=True):
        process(pk)

    paid.refresh_from_db()
    assert (paid.refunded_elsewhere, paid.refundable, paid.state) == (2000, 0, "TOTALLY_REFUNDED")
    assert OperatorItem.objects.get().kind == "external_refund"


def test_s16_a_refund_after_a_chargeback_needs_an_override(paid, script):
    told = Told(Source.WEBHOOK, "evt_cb")
    verdict = Verdict(
        Subject.CHARGEBACK, Outcome.SUCCEEDED, Money(1299, EUR), references=(Reference("chargeback", "cb_1"),)
    )
    external.record(payment_id=paid.id, verdict=verdict, told=told)
    paid.refresh_from_db()
    script.refund = [yes]

    with pytest.raises(AfterChargeback):
        give_back(paid, 500)
    answer = give_back(paid, 500, over_chargeback=True)

    assert (paid.state, answer.result, script.count("refund")) == ("CHARGED_BACK", Result.OK, 1)
    assert Refund.objects.get().over_chargeback


def test_s17_a_refund_that_is_reversed_later_may_be_made_again(paid, script):
    script.refund = [yes]
    give_back(paid, 1299)
    attempt = Attempt.objects.get(kind="refund")

    for _ in range(2):
        verdict = scripted.refund(Outcome.REVERSED, 1299, id=f"ref-{attempt.public_id}")
        apply(payment_id=paid.id, attempt_id=attempt.id, news=verdict, told=Told(Source.WEBHOOK, "evt"))

    assert (sums(paid), Refund.objects.get().state) == ((0, 0, 1299), "reversed")
    assert (OperatorItem.objects.get().kind, paid.state) == ("refund_reversed", "PAYMENT_EXECUTED")
    with clock.advanced(61):
        assert give_back(paid, 1299).result is Result.OK


def test_s19_a_refund_goes_to_the_account_of_the_charge_also_when_it_is_disabled(paid, account, script):
    account.standing = "disabled"
    account.save()
    script.refund = [yes]

    assert give_back(paid, 500).result is Result.OK


def test_s13_a_refund_in_doubt_is_settled_by_what_the_psp_lists(paid, script):
    script.refund = [OutcomeUnknown("timeout")]
    give_back(paid, 500)
    attempt = Attempt.objects.get(kind="refund")
    listed = scripted.refund(Outcome.SUCCEEDED, 500, id="ref_9", attempt_reference=attempt.public_id)
    script.fetch = [[payment(Outcome.SUCCEEDED), listed]]

    reconcile.check(attempt.id, source=Source.SYSTEM)

    assert (sums(paid), script.count("refund")) == ((500, 0, 799), 1)


def test_s13_a_refund_that_never_arrived_is_sent_again_with_its_own_key(paid, script):
    script.refund = [OutcomeUnknown("timeout"), yes]
    give_back(paid, 500)
    attempt = Attempt.objects.get(kind="refund")
    script.fetch = [[payment(Outcome.SUCCEEDED)]]

    with clock.advanced(120):
        reconcile.check(attempt.id, source=Source.SYSTEM)

    keys = [call.idempotency_key for kind, call, _ in script.asked if kind == "refund"]
    assert (sums(paid), len(keys), len(set(keys))) == ((500, 0, 799), 2, 1)


def test_a_late_yes_after_a_no_always_fits(paid, script):
    script.refund = [scripted.refund(Outcome.DECLINED, 1299, id="ref_1"), yes]
    give_back(paid, 1299)
    first = Attempt.objects.get(kind="refund")
    give_back(paid, 1000)

    verdict = scripted.refund(Outcome.SUCCEEDED, 1299, id="ref_1")
    apply(payment_id=paid.id, attempt_id=first.id, news=verdict, told=Told(Source.WEBHOOK, "evt"))

    paid.refresh_from_db()
    assert (paid.refunded_by_us, paid.refunded_elsewhere, paid.refundable) == (1000, 1299, 0)
    assert OperatorItem.objects.get().kind == "late_success"
