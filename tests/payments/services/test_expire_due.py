"""S43: what waits for its customer ends in two steps, and a customer who paid in the last moment has paid."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import ProviderUnavailable
from payments.models import Attempt, Payment
from payments.services.expire_due import due_for_expiry, expire_payment
from payments.services.pay import pay
from payments.services.results import Result
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Action, Outcome
from tests import factories
from tests.scripted import payment

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3600


@pytest.fixture
def waiting(project, account, script) -> Payment:
    """A payment whose customer has an hour."""
    end = clock.now() + dt.timedelta(seconds=HOUR)
    action = Action(redirect_url="https://psp.test/1", expires_at=end)
    script.pay = [payment(Outcome.ACTION_REQUIRED, action=action)]
    script.fetch = [payment(Outcome.ACTION_REQUIRED)]
    script.expire = [payment(Outcome.EXPIRED)]
    return pay(factories.pay_command(project)).payment


def test_before_its_time_it_is_left_alone(waiting):
    assert waiting.expires_at is not None
    assert due_for_expiry() == []


def test_s43_it_is_closed_at_the_psp_before_it_counts_as_expired(waiting, script):
    with clock.advanced(HOUR + 1):
        due = due_for_expiry()
        ended = expire_payment(waiting.id)

    waiting.refresh_from_db()
    assert (due, ended, script.count("expire")) == ([waiting.id], True, 1)
    assert (waiting.state, waiting.claimed_shop_transaction_id) == ("PAYMENT_EXPIRED", None)
    assert [event.type for event in waiting.events.all()] == ["payment.expired"]
    attempt = waiting.attempts.get(kind="pay")
    assert (attempt.state, attempt.decline_code, attempt.next_check_at) == ("DECLINED", "expired", None)


def test_s43_a_customer_who_paid_in_the_last_moment_has_paid(waiting, script):
    script.fetch = [payment(Outcome.SUCCEEDED)]

    with clock.advanced(HOUR + 1):
        expire_payment(waiting.id)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.captured, script.count("expire")) == ("PAYMENT_EXECUTED", 1299, 0)


def test_s35_a_psp_that_is_down_ends_nothing(waiting, script):
    script.fetch = [Unavailable("down")]
    script.expire = [Unavailable("down")]

    with clock.advanced(HOUR + 1):
        ended = expire_payment(waiting.id)
        due_at_once = due_for_expiry()
    with clock.advanced(3 * HOUR):
        due_later = due_for_expiry()

    waiting.refresh_from_db()
    assert (ended, due_at_once, due_later) == (False, [], [waiting.id])
    assert waiting.state == "PAYMENT_PENDING"


def test_what_is_in_doubt_never_ends_by_time(project, account, script):
    script.pay = [OutcomeUnknown("timeout")]
    script.fetch = [Unavailable("down")]
    row = pay(factories.pay_command(project)).payment
    Payment.objects.update(expires_at=clock.now())

    with clock.advanced(30 * 24 * HOUR):
        ended = expire_payment(row.id)

    assert (ended, Attempt.objects.get().state) == (False, "UNKNOWN")


def test_what_was_never_sent_waits_a_day_and_frees_its_transaction_id(project, account, script):
    script.pay = [Unavailable("refused"), payment(Outcome.SUCCEEDED, id="psp_2")]
    command = factories.pay_command(project)
    with pytest.raises(ProviderUnavailable):
        pay(command)
    row = Payment.objects.get()

    with clock.advanced(23 * HOUR):
        early = due_for_expiry()
    with clock.advanced(25 * HOUR):
        ended = expire_payment(row.id)

    row.refresh_from_db()
    assert (early, ended, row.state) == ([], True, "PAYMENT_EXPIRED")
    assert pay(command).result is Result.OK
    assert Payment.objects.count() == 2
