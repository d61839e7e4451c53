"""Paying: what is stored, sent and answered."""

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import DuplicateTransaction, NotFound, ProviderUnavailable, Unprocessable
from paymenthub.kernel.money import Money
from payments.attempts.run import LeaseLost, run
from payments.domain.attempt import AttemptState
from payments.models import Attempt, OperatorItem, OutboxEvent, Payment
from payments.services.pay import pay
from payments.services.results import Result
from providers.errors import AuthFailed, OutcomeUnknown, Rejected, Unavailable
from providers.types import Outcome
from tests import factories
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)


def told(payment_row: Payment) -> list[str]:
    return [event.type for event in OutboxEvent.objects.filter(payment=payment_row).order_by("sequence")]


def test_an_approved_payment_is_captured_once_and_told_once(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED)]

    answer = pay(factories.pay_command(project))

    row = Payment.objects.get()
    assert (answer.result, answer.payment.wire_id) == (Result.OK, "psp_1")
    assert (row.state, row.authorized, row.captured, row.refundable) == ("PAYMENT_EXECUTED", 1299, 1299, 1299)
    assert sorted(row.movements.values_list("kind", "amount")) == [("authorized", 1299), ("captured", 1299)]
    assert told(row) == ["payment.captured"]
    assert list(row.transitions.order_by("number").values_list("event", "to_state")) == [
        ("paymentCreated", "PAYMENT_CREATED"),
        ("scheduleRequested", "PAYMENT_SCHEDULE_REQUESTED"),
        ("paymentExecuted", "PAYMENT_EXECUTED"),
    ]


def test_the_attempt_is_committed_before_the_psp_is_called(project, account, script):
    seen: list[str] = []
    script.pay = [
        lambda call, _: (seen.extend(Attempt.objects.values_list("state", flat=True)), payment(Outcome.SUCCEEDED))[1]
    ]

    pay(factories.pay_command(project))

    assert seen == [AttemptState.OPEN]


def test_a_redirect_is_answered_with_its_url(project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]

    answer = pay(factories.pay_command(project))

    assert (answer.result, answer.redirect_url) == (Result.REDIRECT_TO_URL, "https://psp.test/checkout/1")
    assert answer.payment.state == "PAYMENT_PENDING"


def test_a_decline_is_ko_and_frees_the_shop_transaction_id(project, account, script):
    script.pay = [payment(Outcome.DECLINED), payment(Outcome.SUCCEEDED, id="psp_2")]
    command = factories.pay_command(project)

    first, second = pay(command), pay(command)

    assert (first.result, second.result) == (Result.KO, Result.OK)
    assert first.description == "Declined: insufficient funds."
    assert Payment.objects.filter(shop_transaction_id=command.shop_transaction_id).count() == 2
    assert told(first.payment) == ["payment.failed"]


@pytest.mark.parametrize("trouble", [OutcomeUnknown("read timeout"), KeyError("status"), ValueError("no amount")])
def test_s1_an_unknown_outcome_is_pending_and_never_sent_again(project, account, script, trouble):
    script.pay = [trouble]
    command = factories.pay_command(project)

    first, second = pay(command), pay(command)

    assert (first.result, second.result, script.count("pay")) == (Result.PENDING, Result.PENDING, 1)
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.payment.claimed_shop_transaction_id) == ("UNKNOWN", command.shop_transaction_id)
    assert told(attempt.payment) == []


def test_a_psp_that_was_surely_not_reached_is_retryable_and_the_retry_uses_the_same_key(project, account, script):
    script.pay = [Unavailable("refused"), payment(Outcome.SUCCEEDED)]
    command = factories.pay_command(project)

    with pytest.raises(ProviderUnavailable) as error:
        pay(command)
    second = pay(command)

    assert error.value.retryable
    assert second.result is Result.OK
    keys = {call.idempotency_key for _, call, _ in script.asked}
    assert (len(keys), Attempt.objects.count(), Payment.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(("trouble", "kind"), [(Rejected("bad"), "rejected"), (AuthFailed("401"), "credentials")])
def test_a_refused_request_fails_the_payment_and_calls_a_person(project, account, script, trouble, kind):
    script.pay = [trouble]

    answer = pay(factories.pay_command(project))

    assert answer.result is Result.KO
    assert (answer.payment.state, OperatorItem.objects.get().kind) == ("PAYMENT_FAILED", kind)


def test_s4_the_same_transaction_with_the_same_content_returns_the_first_result(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    command = factories.pay_command(project)

    first, second = pay(command), pay(command)

    assert (first.replayed, second.replayed) == (False, True)
    assert (second.result, second.payment.id, script.count("pay")) == (Result.OK, first.payment.id, 1)


@pytest.mark.parametrize("other", [{"money": Money(1300, "EUR")}, {"money": Money(1299, "USD")}, {"method": "wallet"}])
def test_s4_the_same_transaction_with_other_content_is_a_conflict(project, script, other):
    factories.make_account(project, methods=["credit-cards", "wallet"])
    script.pay = [payment(Outcome.SUCCEEDED)]
    command = factories.pay_command(project)
    pay(command)

    with pytest.raises(DuplicateTransaction):
        pay(factories.pay_command(project, shop_transaction_id=command.shop_transaction_id, **other))

    assert (Payment.objects.count(), script.count("pay")) == (1, 1)


def test_s28_another_amount_is_held_for_a_person(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED, amount=1298)]

    answer = pay(factories.pay_command(project))

    assert (answer.result, answer.payment.captured) == (Result.PENDING, 0)
    assert OperatorItem.objects.get().kind == "amount_mismatch"
    assert told(answer.payment) == []


@pytest.mark.parametrize(
    ("over", "error"),
    [
        ({"provider": "nobody"}, NotFound),
        ({"method": "cash"}, NotFound),
        ({"method": "wallet"}, NotFound),
        ({"mode": "live"}, NotFound),
        ({"account_name": "other"}, NotFound),
        ({"money": Money(1, "GBP")}, Unprocessable),
    ],
)
def test_what_cannot_be_paid_is_refused_with_nothing_stored(project, account, script, over, error):
    with pytest.raises(error):
        pay(factories.pay_command(project, **over))

    assert (Payment.objects.count(), script.asked) == (0, [])


def test_s8_an_attempt_whose_lease_ended_is_not_sent(project, account, script):
    script.pay = [payment(Outcome.ACTION_REQUIRED)]
    answer = pay(factories.pay_command(project))
    attempt = Attempt.objects.get()
    attempt.lease_until = clock.now()

    with pytest.raises(LeaseLost):
        run(answer.payment, attempt, account, {})

    assert script.count("pay") == 1
