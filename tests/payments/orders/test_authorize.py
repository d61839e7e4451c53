"""`authorize-payment`: written down once per cart, charged by a worker, told once."""

import uuid

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.errors import InvalidField
from paymenthub.kernel.money import Money
from payments.attempts import provider_data
from payments.bus import schemas
from payments.models import Attempt, BusMessage, OrderIntent, Payment
from payments.services.authorize_order import OtherAuthorization, authorize_order
from payments.services.bus_events import order_id_of
from payments.services.order_work import work
from payments.services.pay import pay
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome
from tests import factories
from tests.scripted import payment

from .doing import TOKEN, authorized, command, data_of, payment_of, settle, told

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_token_is_charged_by_a_worker_and_the_order_system_is_told_in_order(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    customer = uuid.uuid4()

    intent = authorize_order(command(project, customer_id=customer)).intent
    assert (intent.status, script.asked, told(intent)) == ("REQUESTED", [], [])
    settle(intent)

    row = payment_of(intent)
    assert (intent.status, row.authorized, row.captured) == ("SUCCEEDED", 1299, 0)
    assert (row.id, row.shop_transaction_id) == (intent.id, str(intent.order_id))
    assert script.asked[0][2].provider_data == TOKEN
    assert told(intent) == ["payment-requested", "payment-succeeded"]
    assert data_of(intent, "payment-requested") | {"requestedAt": ""} == {
        "paymentId": str(intent.id),
        "orderId": str(intent.order_id),
        "customerId": str(customer),
        "amount": 1299,
        "currency": "EUR",
        "requestedAt": "",
    }
    assert data_of(intent, "payment-succeeded")["processorReference"] == "psp_1"
    assert provider_data.take(intent.id) is None


@pytest.mark.parametrize(
    ("answer", "status", "events"),
    [
        (payment(Outcome.DECLINED), "FAILED", ["payment-requested", "payment-failed"]),
        (OutcomeUnknown("timeout"), "REQUESTED", ["payment-requested"]),
        (payment(Outcome.PENDING), "REQUESTED", ["payment-requested"]),
    ],
)
def test_an_unknown_outcome_is_told_as_nothing_and_a_decline_with_its_reason(
    project, account, script, answer, status, events
):
    script.pay = [answer]

    intent = authorized(project)

    assert (intent.status, told(intent)) == (status, events)
    if status == "FAILED":
        assert (intent.failure, data_of(intent, "payment-failed")["reason"]) == ("INSUFFICIENT_FUNDS",) * 2


def test_the_same_command_again_is_the_same_payment_and_another_amount_is_refused(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    first = command(project)
    made = authorize_order(first)
    settle(made.intent)

    again = authorize_order(command(project, cart_id=first.cart_id))

    assert (again.replayed, again.intent.id, again.intent.status) == (True, made.intent.id, "SUCCEEDED")
    with pytest.raises(OtherAuthorization, match="another amount"):
        authorize_order(command(project, cart_id=first.cart_id, money=Money(1300, "EUR")))
    with pytest.raises(OtherAuthorization, match="another order"):
        authorize_order(command(project, cart_id=first.cart_id, order_id=uuid.uuid4()))
    with pytest.raises(OtherAuthorization, match="another cart"):
        authorize_order(command(project, order_id=made.intent.order_id))
    assert (script.count("pay"), OrderIntent.objects.count()) == (1, 1)


def test_a_declined_cart_may_be_authorised_anew_with_the_same_order(project, account, script):
    script.pay = [payment(Outcome.DECLINED), payment(Outcome.AUTHORIZED, id="psp_2")]
    order = uuid.uuid4()
    first = authorized(project, order_id=order)

    second = authorized(project, cart_id=first.cart_id, order_id=order)

    assert (first.status, second.status, script.count("pay")) == ("FAILED", "SUCCEEDED", 2)
    assert first.id != second.id


def test_nothing_to_pay_succeeds_without_a_call_to_the_provider(project, account, script):
    intent = authorized(project, money=Money(0, "EUR"), provider="", method="", provider_data={})

    assert (intent.status, script.asked, Payment.objects.count()) == ("SUCCEEDED", [], 0)
    assert told(intent) == ["payment-requested", "payment-succeeded"]
    assert data_of(intent, "payment-succeeded")["amount"] == 0


def test_what_was_surely_not_sent_is_sent_again_with_the_same_key(project, account, script):
    script.pay = [Unavailable("refused"), payment(Outcome.AUTHORIZED)]
    intent = authorized(project)
    assert intent.status == "REQUESTED"

    with clock.advanced(10):
        settle(intent)

    assert (intent.status, Attempt.objects.count()) == ("SUCCEEDED", 1)
    assert len({call.idempotency_key for _, call, _ in script.asked}) == 1


def test_a_token_that_is_gone_before_anything_was_sent_fails_the_payment_and_says_so(project, account, script):
    intent = authorize_order(command(project)).intent
    provider_data.erase(intent.id)

    settle(intent)

    assert (intent.status, intent.failure, script.asked) == ("FAILED", "PROCESSING_ERROR", [])
    assert told(intent) == ["payment-requested", "payment-failed"]
    assert intent.claimed_cart_id is None


def test_the_work_of_two_workers_at_once_is_one_payment(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    intent = authorize_order(command(project)).intent

    for _ in range(3):
        work(intent.id)

    assert (script.count("pay"), Payment.objects.count()) == (1, 1)
    assert told(intent) == ["payment-requested", "payment-succeeded"]


def test_what_cannot_be_paid_here_is_refused_before_anything_is_written(project, account, script):
    for over in ({"provider": "nobody"}, {"method": "cheque"}, {"money": Money(100, "CHF")}):
        with pytest.raises(InvalidField):
            authorize_order(command(project, **over))
    assert OrderIntent.objects.count() == 0


def test_an_order_id_that_a_payment_of_another_kind_has_is_refused(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    order = uuid.uuid4()
    pay(factories.pay_command(project, shop_transaction_id=str(order)))

    with pytest.raises(OtherAuthorization, match="another kind"):
        authorize_order(command(project, order_id=order))


def test_every_payment_is_told_of_and_its_order_is_made_of_its_shop_transaction_id(project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED)]
    row = pay(factories.pay_command(project, shop_transaction_id="order-2041")).payment

    messages = BusMessage.objects.filter(subject=row.id).order_by("number")

    assert [each.type for each in messages] == ["payment-requested", "payment-succeeded"]
    assert {each.data["orderId"] for each in messages} == {str(order_id_of("order-2041"))}
    assert [schemas.problem(each.type, each.data) for each in messages] == ["", ""]


def test_while_the_bus_is_off_nothing_is_written_for_it(project, account, script, settings):
    settings.EVENT_BUS_ENABLED = False
    script.pay = [payment(Outcome.AUTHORIZED)]

    intent = authorized(project)

    assert (intent.status, BusMessage.objects.count()) == ("SUCCEEDED", 0)
