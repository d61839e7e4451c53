"""An outside Flow Manager commands subscriptions, and hears how their payments went."""

import pytest

from payments.models import FlowCommand, Payment, Subscription
from providers.types import Outcome
from tests import scripted
from tests.payments.api.conftest import error_of
from tests.payments.subscriptions import world

from .conftest import pay_metadata, receiver, tell_all, work  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp(script):
    return world.opened(script)


def wish(info=None, **over):
    metadata = pay_metadata(type="SUBSCRIPTION", **over)
    metadata["payRequestData"] = metadata.get("payRequestData", {}) | {
        "subscriptionInfo": info or {"interval": "MONTH", "intervalCount": 1}
    }
    return metadata


def test_schedule_runs_at_the_provider_and_tells_that_it_was_paid(flow_manager, psp):
    answer = flow_manager.command("subscription/schedule", wish(), label="subscriptionScheduledRequested")
    work()
    tell_all()

    row = Subscription.objects.get()
    payment = Payment.objects.get()
    assert (answer.status_code, answer.json()["step"]) == (200, "sub_schedule")
    assert (row.run_by, row.state, row.amount, payment.flow_saga_id) == ("provider", "ACTIVE", 1299, "payment4f1c0a52")
    assert flow_manager.events[-1][1:] == ("paymentExecuted", {"paymentId": payment.wire_id})


def test_start_tells_where_the_customer_must_go(flow_manager, psp, script):
    script.start = [scripted.payment(Outcome.ACTION_REQUIRED, amount=1299)]
    flow_manager.command("subscription/start", wish())
    work()
    tell_all()
    _, label, payload = flow_manager.events[-1]
    assert label == "paymentScheduled"
    assert payload["payRequestData"] == {"redirectToUrl": "https://psp.test/checkout/1"}


def test_a_declined_start_is_told_as_failed(flow_manager, psp):
    psp.declines = [world.soft()]
    flow_manager.command("subscription/start", wish())
    work()
    tell_all()
    _, label, payload = flow_manager.events[-1]
    assert (label, payload["error"]) == ("paymentFailed", "insufficient funds")


def test_a_repeated_command_charges_once(flow_manager, psp):
    for _ in range(2):
        flow_manager.command("subscription/start", wish())
        work()
    assert (psp.calls, FlowCommand.objects.count()) == (1, 1)


def test_pay_charges_a_later_payment_under_a_saga_of_its_own(flow_manager, psp):
    flow_manager.command("subscription/start", wish())
    work()
    later = wish({"token": world.TOKEN}, shopTransactionId="order-1001-2", amount=500)
    for _ in range(2):
        flow_manager.command("subscription/pay", later, saga="payment-two")
        work()
    tell_all()

    assert list(psp.charges.values()) == [1299, 500]
    payment = Payment.objects.get(flow_saga_id="payment-two")
    assert (payment.shop_transaction_id, payment.subscription_period) == ("order-1001-2", 2)
    assert ("payment-two", "paymentExecuted", {"paymentId": payment.wire_id}) in flow_manager.events


def test_authorization_asks_for_consent_and_start_charges_what_was_consented_to(flow_manager, psp, script):
    script.start = [scripted.payment(Outcome.ACTION_REQUIRED, amount=0)]
    flow_manager.command("subscription/authorization", wish(), label="getAuthorization")
    work()
    tell_all()
    saga, label, payload = flow_manager.events[-1]
    assert (saga, label) == ("payment4f1c0a52", "authorizationScheduled")
    assert payload["payRequestData"] == {"redirectToUrl": "https://psp.test/checkout/1"}
    assert Payment.objects.get().amount == 0

    row = Subscription.objects.get()
    Subscription.objects.update(state="ACTIVE", token=world.TOKEN, period=1, paid_until_period=1)
    flow_manager.command("subscription/start", wish())
    work()
    tell_all()
    assert list(psp.charges.values()) == [1299]
    assert Payment.objects.get(flow_saga_id="payment4f1c0a52").subscription_id == row.id
    assert flow_manager.labels == ["authorizationScheduled", "paymentExecuted"]


def test_a_consent_that_is_refused_at_once_is_told_as_failed(flow_manager, psp):
    psp.declines = [world.hard()]
    flow_manager.command("subscription/authorization", wish())
    work()
    tell_all()
    assert flow_manager.labels == ["paymentFailed"]


def test_what_cannot_be_charged_is_told_as_failed(flow_manager, psp):
    flow_manager.command("subscription/pay", wish({"token": "nobody"}))
    work()
    tell_all()
    _, label, payload = flow_manager.events[-1]
    assert (label, payload["error"][:9]) == ("paymentFailed", "not_found")
    assert psp.calls == 0


@pytest.mark.parametrize(
    ("path", "info", "param"),
    [
        ("start", {"interval": "DECADE"}, "subscriptionInfo.interval"),
        ("schedule", {"intervalCount": 2}, "subscriptionInfo.interval"),
        ("authorization", {"interval": "MONTH", "expiresAfter": 0}, "subscriptionInfo.expiresAfter"),
        ("pay", {"interval": "MONTH"}, "subscriptionInfo.token"),
    ],
)
def test_a_wrong_command_is_refused_and_not_kept(flow_manager, psp, path, info, param):
    assert error_of(flow_manager.command(f"subscription/{path}", wish(info))) == (400, "invalid_field", param)
    assert not FlowCommand.objects.exists()


def test_provider_data_is_kept_in_no_row(flow_manager, psp):
    metadata = wish()
    metadata["payRequestData"]["providerData"] = {"card": "tok-secret"}
    flow_manager.command("subscription/start", metadata)
    assert "tok-secret" not in str(FlowCommand.objects.get().payload)
    work()
    assert "tok-secret" not in str(Subscription.objects.values())
