"""What a poll finds ends a payment as any other news does, whatever has become of the account."""

import pytest

from payments.attempts import reconcile
from payments.models import Attempt, Delivery, OutboxEvent, Payment, Source
from payments.outbound.publish import publish_due
from payments.services.pay import pay
from providers.types import Outcome
from tests import factories
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(project, account, script) -> Attempt:
    script.pay = [payment(Outcome.PENDING)]
    pay(factories.pay_command(project, callback_url="https://shop.test/callback"))
    return Attempt.objects.get()


def test_s34_a_poll_that_finds_a_decline_does_all_that_a_decline_does(waiting, project, script):
    script.fetch = [payment(Outcome.DECLINED)]

    reconcile.check(waiting.id, source=Source.SYSTEM)
    publish_due()

    row = Payment.objects.get()
    assert (row.state, row.claimed_shop_transaction_id) == ("PAYMENT_FAILED", None)
    assert row.transitions.order_by("number").last().event == "paymentFailedByTheSystem"
    assert row.attempts.get().decline_reason == "insufficient_funds"
    assert (OutboxEvent.objects.get().type, Delivery.objects.get().url) == (
        "payment.failed",
        "https://shop.test/callback",
    )
    script.pay = [payment(Outcome.SUCCEEDED, id="psp_2")]
    again = pay(factories.pay_command(project, shop_transaction_id=row.shop_transaction_id)).payment
    assert (again.id != row.id, again.captured) == (True, 1299)


@pytest.mark.parametrize("standing", ["inactive", "disabled"])
def test_s72_an_account_that_takes_nothing_new_is_asked_about_what_it_has(waiting, account, script, standing):
    account.standing = standing
    account.save(update_fields=["standing"])
    script.fetch = [payment(Outcome.SUCCEEDED)]

    reconcile.check(waiting.id, source=Source.SYSTEM)

    assert Payment.objects.get().captured == 1299
