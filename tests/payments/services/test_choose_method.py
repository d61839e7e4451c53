"""Choosing how an open payment is paid: one try at a time, and a failed one is not the end."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import NotFound, ProviderUnavailable
from payments.attempts import reconcile
from payments.domain.attempt import AttemptKind, AttemptState
from payments.domain.checkout import Stage
from payments.models import OperatorItem, OutboxEvent, Payment, Source
from payments.selectors import accounts
from payments.selectors.checkout import last_decline, stage_of
from payments.selectors.status import Status, status_of
from payments.services.choose_method import CheckoutOver, StillChecking, TooManyTries, choose
from payments.services.open_payment import open_payment
from payments.services.ordering import By
from payments.services.refund import RefundCommand, refund
from payments.services.results import Result
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome, Subject, Verdict
from tests import factories
from tests.scripted import payment as said
from tests.scripted import refund as refunded

pytestmark = pytest.mark.django_db(transaction=True)

CARD = {"provider": "scripted", "method": "credit-cards"}
OTHER = {"provider": "scripted", "method": "wallet"}
CLOSED = Verdict(Subject.PAYMENT, Outcome.EXPIRED)


@pytest.fixture
def account(project, script):
    return factories.make_account(project, methods=["credit-cards", "wallet"])


@pytest.fixture
def opened(project, account) -> Payment:
    return open_payment(factories.open_command(project))


def told(row: Payment) -> list[str]:
    return list(OutboxEvent.objects.filter(payment=row).order_by("sequence").values_list("type", flat=True))


def history(row: Payment) -> list[tuple[str, str]]:
    return list(row.transitions.order_by("number").values_list("event", "to_state"))


def now(row: Payment) -> Payment:
    return Payment.objects.get(pk=row.pk)


def test_an_open_payment_has_no_provider_and_asks_nobody(opened, script):
    assert (opened.provider, opened.method, opened.provider_account) == ("", "", None)
    assert (opened.state, stage_of(opened).stage, status_of(opened)) == (
        "PAYMENT_CREATED",
        Stage.CHOOSE,
        Status.PENDING,
    )
    assert script.asked == []


def test_a_chosen_method_is_paid_at_its_provider(opened, script, account):
    script.pay = [said(Outcome.SUCCEEDED)]

    outcome = choose(opened.id, **CARD)

    row = now(opened)
    assert (outcome.result, row.provider, row.method, row.provider_account) == (
        Result.OK, "scripted", "credit-cards", account,
    )  # fmt: skip
    assert (row.captured, stage_of(row).stage, told(row)) == (1299, Stage.PAID, ["payment.captured"])
    assert history(row) == [
        ("paymentCreated", "PAYMENT_CREATED"),
        ("scheduleRequested", "PAYMENT_SCHEDULE_REQUESTED"),
        ("paymentExecuted", "PAYMENT_EXECUTED"),
    ]


def test_s4_an_equal_choice_gets_the_session_that_is_open(opened, script):
    script.pay = [said(Outcome.ACTION_REQUIRED)]

    first, second = choose(opened.id, **CARD), choose(opened.id, **CARD)

    assert (first.redirect_url, second.redirect_url) == ("https://psp.test/checkout/1",) * 2
    assert (second.replayed, script.count("pay"), opened.attempts.count()) == (True, 1, 1)
    assert stage_of(now(opened)).stage is Stage.AT_PROVIDER


def test_a_decline_is_not_the_end_of_the_payment(opened, script):
    script.pay = [said(Outcome.DECLINED), said(Outcome.SUCCEEDED, id="psp_2")]

    first = choose(opened.id, **CARD)
    declined = now(opened)
    stage = stage_of(declined)
    assert (first.result, declined.claimed_shop_transaction_id) == (Result.KO, opened.shop_transaction_id)
    assert (stage.stage, stage.reason, stage.tries_left) == (Stage.FAILED_TRY_AGAIN, "insufficient_funds", 4)
    assert (told(declined), declined.expires_at) == ([], opened.checkout_ends_at)
    assert last_decline(declined) == first.attempt

    second = choose(opened.id, **OTHER)

    row = now(opened)
    assert (second.result, row.method, row.wire_id, told(row)) == (Result.OK, "wallet", "psp_2", ["payment.captured"])
    assert [event for event, _ in history(row)] == [
        "paymentCreated", "scheduleRequested", "paymentTryFailed", "retryRequested", "paymentExecuted",
    ]  # fmt: skip
    assert [a.idempotency_key for a in row.attempts.order_by("id")] == [
        f"ph-{a.id.hex}" for a in row.attempts.order_by("id")
    ]


def test_s4_another_choice_closes_the_open_session_first(opened, script):
    script.pay = [said(Outcome.ACTION_REQUIRED), said(Outcome.ACTION_REQUIRED, id="psp_2")]
    script.fetch = [said(Outcome.ACTION_REQUIRED)]
    script.expire = [CLOSED]
    choose(opened.id, **CARD)

    outcome = choose(opened.id, **OTHER)

    row = now(opened)
    assert [what for what, _, _ in script.asked] == ["pay", "fetch", "expire", "pay"]
    assert (outcome.result, row.method, row.claimed_shop_transaction_id) == (
        Result.REDIRECT_TO_URL, "wallet", opened.shop_transaction_id,
    )  # fmt: skip
    assert list(row.attempts.order_by("id").values_list("kind", "state", "decline_code")) == [
        (AttemptKind.PAY, AttemptState.DECLINED, "switched"),
        (AttemptKind.SWITCH, AttemptState.SUCCEEDED, ""),
        (AttemptKind.PAY, AttemptState.PENDING, ""),
    ]
    assert "paymentTryGivenUp" in [event for event, _ in history(row)]


def test_no_other_method_while_nobody_knows_how_the_last_try_ended(opened, script):
    script.pay = [OutcomeUnknown("read timeout")]
    script.fetch = [OutcomeUnknown("still away")]
    assert choose(opened.id, **CARD).result is Result.PENDING

    with pytest.raises(StillChecking):
        choose(opened.id, **OTHER)

    assert (stage_of(now(opened)).stage, script.count("pay"), opened.attempts.count()) == (Stage.PROCESSING, 1, 1)
    assert choose(opened.id, **CARD).result is Result.PENDING
    assert script.count("pay") == 1


def test_no_other_method_while_the_closing_is_in_doubt(opened, script):
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    script.fetch = [said(Outcome.ACTION_REQUIRED)]
    script.expire = [OutcomeUnknown("read timeout")]
    choose(opened.id, **CARD)

    for method in (OTHER, OTHER, CARD):
        with pytest.raises(StillChecking):
            choose(opened.id, **method)

    assert (script.count("pay"), script.count("expire")) == (1, 1)
    assert stage_of(now(opened)).stage is Stage.PROCESSING


def test_a_session_that_was_paid_before_it_could_be_closed_wins(opened, script):
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    script.fetch = [said(Outcome.ACTION_REQUIRED), said(Outcome.SUCCEEDED)]
    script.expire = [Verdict(Subject.PAYMENT, Outcome.SUCCEEDED)]
    choose(opened.id, **CARD)

    with pytest.raises(CheckoutOver):
        choose(opened.id, **OTHER)

    row = now(opened)
    assert (row.captured, row.method, script.count("pay"), stage_of(row).stage) == (1299, "credit-cards", 1, Stage.PAID)


def test_s22_a_late_second_winner_is_recorded_with_a_refund_prepared(opened, script, project):
    script.pay = [said(Outcome.ACTION_REQUIRED), said(Outcome.SUCCEEDED, id="psp_2")]
    script.fetch = [said(Outcome.ACTION_REQUIRED)]
    script.expire = [CLOSED]
    choose(opened.id, **CARD)
    choose(opened.id, **OTHER)
    late = opened.attempts.order_by("id").first()
    script.fetch = [said(Outcome.SUCCEEDED)]

    reconcile.reread(late.id, source=Source.WEBHOOK, evidence="late")

    row = now(opened)
    item = OperatorItem.objects.get(kind="second_winner")
    assert (row.captured, row.method, row.wire_id) == (2598, "wallet", "psp_2")
    assert item.evidence["preparedRefund"] == late.public_id


def test_a_method_that_is_not_allowed_is_none(project, account, script):
    row = open_payment(factories.open_command(project, allowed_methods=["scripted/wallet"]))

    with pytest.raises(NotFound):
        choose(row.id, **CARD)

    assert (script.asked, row.attempts.count()) == ([], 0)


def test_tries_are_counted_and_end(opened, script, settings):
    settings.CHECKOUT_MAX_ATTEMPTS = 2
    script.pay = [said(Outcome.DECLINED, id="psp_1"), said(Outcome.DECLINED, id="psp_2")]
    choose(opened.id, **CARD)
    choose(opened.id, **CARD)

    with pytest.raises(TooManyTries):
        choose(opened.id, **CARD)

    assert (script.count("pay"), stage_of(now(opened)).stage) == (2, Stage.FAILED)


def test_a_session_is_not_closed_for_a_try_that_cannot_follow(opened, script, settings):
    settings.CHECKOUT_MAX_ATTEMPTS = 1
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    choose(opened.id, **CARD)

    with pytest.raises(TooManyTries):
        choose(opened.id, **OTHER)

    assert stage_of(now(opened)).stage is Stage.AT_PROVIDER


def test_what_was_surely_not_sent_is_sent_again_with_its_own_key(opened, script):
    script.pay = [Unavailable("refused"), said(Outcome.SUCCEEDED)]
    with pytest.raises(ProviderUnavailable):
        choose(opened.id, **CARD)
    assert (stage_of(now(opened)).stage, stage_of(now(opened)).reason) == (
        Stage.FAILED_TRY_AGAIN, "provider_not_reached",
    )  # fmt: skip

    assert choose(opened.id, **CARD).result is Result.OK

    keys = [call.idempotency_key for _, call, _ in script.asked]
    assert (len(keys), len(set(keys)), opened.attempts.count()) == (2, 1, 1)


def test_nothing_is_begun_after_the_time_is_over(opened, script):
    with clock.frozen(opened.checkout_ends_at + dt.timedelta(seconds=1)), pytest.raises(CheckoutOver):
        choose(opened.id, **CARD)

    assert script.asked == []


def test_a_session_that_the_provider_ends_is_another_try(opened, script):
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    attempt = choose(opened.id, **CARD).attempt
    script.fetch = [said(Outcome.EXPIRED)]

    reconcile.check(attempt.id, source=Source.SYSTEM)

    row = now(opened)
    assert (stage_of(row).stage, row.claimed_shop_transaction_id, told(row)) == (
        Stage.FAILED_TRY_AGAIN, opened.shop_transaction_id, [],
    )  # fmt: skip


def test_held_money_is_paid_for_the_customer(project, account, script):
    row = open_payment(factories.open_command(project, capture_mode="manual"))
    script.authorize = script.pay = [said(Outcome.AUTHORIZED)]

    choose(row.id, **CARD)

    assert (now(row).authorized, now(row).captured, stage_of(now(row)).stage) == (1299, 0, Stage.PAID)


def test_a_second_winner_is_given_back_by_the_account_that_took_it(project, account, opened, script):
    other = factories.make_account(project, name="second", is_default=False, methods=["credit-cards"])
    script.pay = [said(Outcome.ACTION_REQUIRED), said(Outcome.SUCCEEDED, id="psp_2")]
    script.fetch = [said(Outcome.ACTION_REQUIRED)]
    script.expire = [CLOSED]
    late = choose(opened.id, **OTHER).attempt
    choose(opened.id, **CARD, account_name="second")
    script.fetch = [said(Outcome.SUCCEEDED)]
    reconcile.reread(late.id, source=Source.WEBHOOK, evidence="late")
    row = now(opened)
    assert (row.provider_account, late.provider_account, row.captured) == (other, account, 2598)

    script.refund = [refunded(Outcome.SUCCEEDED, 1299)]
    result = refund(RefundCommand(row, row.money, capture=late), By()).attempt

    _, call, request = script.asked[-1]
    assert (result.provider_account, call.account.config) == (account, accounts.opened(account).config)
    assert [reference.value for reference in request.references] == ["psp_1"]


def test_a_refund_in_doubt_is_looked_for_where_the_money_came_from(opened, script):
    script.pay = [said(Outcome.DECLINED, id="psp_1"), said(Outcome.SUCCEEDED, id="psp_2")]
    choose(opened.id, **CARD)
    choose(opened.id, **OTHER)
    row = now(opened)
    script.refund = [OutcomeUnknown("read timeout")]
    doubtful = refund(RefundCommand(row, row.money), By()).attempt
    script.fetch = [
        [said(Outcome.SUCCEEDED, id="psp_2"), refunded(Outcome.SUCCEEDED, 1299, attempt_reference=doubtful.public_id)]
    ]

    reconcile.check(doubtful.id, source=Source.SYSTEM)

    asked = [request for what, _, request in script.asked if what in ("refund", "fetch")]
    assert [[reference.value for reference in request.references] for request in asked] == [["psp_2"], ["psp_2"]]
    assert now(opened).refunded_by_us == 1299
