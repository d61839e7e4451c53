"""An open payment ends with its time, also when nobody chose a method, and never while money may still come."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from payments.attempts import reconcile
from payments.domain.checkout import Stage
from payments.models import OutboxEvent, Payment, Source
from payments.selectors.checkout import stage_of
from payments.services.cancel import cancel, expire
from payments.services.choose_method import CheckoutOver, choose
from payments.services.expire_due import due_for_expiry, expire_payment
from payments.services.open_payment import open_payment
from payments.services.ordering import By
from payments.services.prove_ledger import prove_ledger
from payments.services.results import Result
from providers.errors import OutcomeUnknown
from providers.types import Outcome, Subject, Verdict
from tests import factories
from tests.scripted import payment as said

pytestmark = pytest.mark.django_db(transaction=True)
CARD = {"provider": "scripted", "method": "credit-cards"}
HOUR = 3600


@pytest.fixture
def opened(project, account, script) -> Payment:
    script.expire = [Verdict(Subject.PAYMENT, Outcome.EXPIRED)]
    ends_at = clock.now() + dt.timedelta(seconds=HOUR)
    return open_payment(factories.open_command(project, expires_at=ends_at))


def told(row: Payment) -> list[str]:
    return list(OutboxEvent.objects.filter(payment=row).order_by("sequence").values_list("type", flat=True))


def expired(row: Payment) -> bool:
    """Let the clock expire it; tell whether it ended, as the world sees it."""
    with clock.advanced(HOUR + 1):
        assert due_for_expiry() == [row.id]
        ended = expire_payment(row.id)
    row.refresh_from_db()
    assert ended == (row.claimed_shop_transaction_id is None)
    return ended


def test_s43_before_its_time_it_is_left_alone(opened):
    assert due_for_expiry() == []


def test_s43_one_that_nobody_chose_a_method_for_ends_and_asks_nobody(opened, script):
    assert expired(opened)
    assert (opened.state, told(opened), script.asked, opened.attempts.count()) == (
        "PAYMENT_EXPIRED", ["payment.expired"], [], 0,
    )  # fmt: skip
    assert stage_of(opened).stage is Stage.EXPIRED


def test_s43_a_failed_try_ends_with_the_time_and_fails_nothing_before(opened, script):
    script.pay = [said(Outcome.DECLINED)]
    choose(opened.id, **CARD)
    assert told(opened) == []

    assert expired(opened)

    assert (opened.state, told(opened)) == ("PAYMENT_EXPIRED", ["payment.expired"])


def test_s43_an_open_session_is_closed_at_the_provider_first(opened, script):
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    script.fetch = [said(Outcome.ACTION_REQUIRED)]
    choose(opened.id, **CARD)

    assert expired(opened)

    assert [what for what, _, _ in script.asked] == ["pay", "fetch", "expire"]
    assert (opened.state, opened.attempts.get(kind="pay").decline_code) == ("PAYMENT_EXPIRED", "expired")


def test_s43_a_customer_who_paid_in_the_last_moment_has_paid(opened, script):
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    script.fetch = [said(Outcome.SUCCEEDED)]
    choose(opened.id, **CARD)

    assert not expired(opened)

    assert (opened.captured, script.count("expire"), stage_of(opened).stage) == (1299, 0, Stage.PAID)


def test_what_is_in_doubt_ends_by_no_clock(opened, script):
    script.pay = [OutcomeUnknown("read timeout")]
    script.fetch = [OutcomeUnknown("away")]
    choose(opened.id, **CARD)

    assert not expired(opened)

    assert (told(opened), stage_of(opened).stage) == ([], Stage.PROCESSING)


def test_a_longer_wait_for_expiry_gives_the_customer_no_more_time(opened, script):
    script.pay = [OutcomeUnknown("read timeout"), said(Outcome.SUCCEEDED, id="psp_2")]
    script.fetch = [OutcomeUnknown("away")]
    attempt = choose(opened.id, **CARD).attempt
    assert not expired(opened)
    script.fetch = [said(Outcome.DECLINED)]

    with clock.advanced(HOUR + 2):
        reconcile.check(attempt.id, source=Source.OPERATOR)
        assert Payment.objects.get().expires_at == opened.checkout_ends_at
        assert stage_of(Payment.objects.get()).stage is Stage.EXPIRED
        with pytest.raises(CheckoutOver):
            choose(opened.id, **CARD)

    assert (expired(opened), script.count("pay")) == (True, 1)


def test_what_its_provider_works_on_is_not_closed_by_time(opened, script):
    script.pay = [said(Outcome.PENDING)]
    choose(opened.id, **CARD)

    with clock.advanced(HOUR + 1):
        assert due_for_expiry() == []


@pytest.mark.parametrize(("end", "state"), [(cancel, "PAYMENT_CANCELLED"), (expire, "PAYMENT_EXPIRED")])
@pytest.mark.parametrize("tried", [False, True])
def test_a_merchant_ends_an_open_payment_at_once(opened, script, end, state, tried):
    if tried:
        script.pay = [said(Outcome.DECLINED)]
        choose(opened.id, **CARD)
    asked = len(script.asked)

    outcome = end(Payment.objects.get(), By())

    row = Payment.objects.get()
    assert (outcome.result, row.state, len(script.asked)) == (Result.OK, state, asked)
    assert (row.claimed_shop_transaction_id, told(row)) == (None, [f"payment.{state.split('_')[1].lower()}"])
    with pytest.raises(CheckoutOver):
        choose(opened.id, **CARD)


def test_a_merchants_cancel_ends_it_also_where_the_try_fails_at_the_same_moment(opened, script):
    script.pay = [said(Outcome.ACTION_REQUIRED)]
    choose(opened.id, **CARD)
    script.expire = script.cancel = [Verdict(Subject.PAYMENT, Outcome.DECLINED)]
    script.fetch = [said(Outcome.DECLINED)]

    cancel(Payment.objects.get(), By())

    row = Payment.objects.get()
    # The provider would not close what had just failed: the customer may try again, or the merchant cancel once more.
    assert cancel(row, By()).result is Result.OK
    assert Payment.objects.get().claimed_shop_transaction_id is None


def test_its_shop_transaction_id_is_free_once_it_has_ended(opened, project, account):
    expired(opened)

    again = open_payment(factories.open_command(project, shop_transaction_id=opened.shop_transaction_id))

    assert (again.id != opened.id, stage_of(again).stage) == (True, Stage.CHOOSE)


def test_the_ledger_of_open_payments_is_proven(opened, script):
    script.pay = [said(Outcome.DECLINED), said(Outcome.SUCCEEDED, id="psp_2")]
    choose(opened.id, **CARD)
    choose(opened.id, **CARD)

    assert prove_ledger().is_right
