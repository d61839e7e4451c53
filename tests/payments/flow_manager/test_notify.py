"""A Flow Manager tells that a payment of a subscription has finished: the hub looks, and believes nobody."""

import pytest

from paymenthub.kernel import clock
from paymenthub.kernel.money import Money
from payments.domain.subscription import RunBy
from payments.models import Payment, Subscription, Transition
from payments.selectors import api_keys
from payments.services.merchants import create_api_key
from payments.services.subscriptions.notified import look_at
from providers.types import Outcome, Subject, SubscriptionState, SubscriptionStatus, Verdict
from tests import factories, scripted
from tests.payments.api.conftest import OrderSystem, error_of
from tests.payments.subscriptions import world

from .conftest import SAGA, pay_metadata, receiver, work  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp(script):
    return world.opened(script)


@pytest.fixture
def looked(monkeypatch):
    """Run at once what a worker would be woken for, and keep whose turn it was."""
    turns: list[str] = []

    def at_once(task, *arguments):
        turns.append(arguments[0])
        task(*arguments)

    monkeypatch.setattr("payments.api.saga.notify.nudge", at_once)
    return turns


def started(flow_manager, script):
    """A subscription whose first payment waits for its customer at the PSP."""
    script.start = [scripted.payment(Outcome.ACTION_REQUIRED, amount=1299)]
    metadata = pay_metadata(type="SUBSCRIPTION")
    metadata["payRequestData"] |= {"subscriptionInfo": {"interval": "MONTH", "intervalCount": 1}}
    flow_manager.command("subscription/start", metadata)
    work()
    return Payment.objects.get()


def notify(flow_manager, *, saga=SAGA, label="paymentExecuted", **metadata):
    envelope = {"key": saga, "value": {"messageLabel": label, "messagePayload": metadata}}
    return flow_manager.api.post("/notify", envelope)


def test_the_hub_reads_how_the_payment_stands_and_the_subscription_follows(flow_manager, psp, script, looked):
    payment = started(flow_manager, script)
    script.fetch = [scripted.payment(Outcome.SUCCEEDED, amount=1299)]

    answer = notify(flow_manager)

    row = Subscription.objects.get()
    assert (answer.status_code, answer.json()) == (200, {"sagaId": SAGA, "subscriptionId": row.public_id})
    assert looked == [str(payment.id)]
    payment.refresh_from_db()
    assert (payment.state, payment.captured, row.state) == ("PAYMENT_EXECUTED", 1299, "ACTIVE")


def test_what_is_said_of_money_is_not_believed(flow_manager, psp, script, looked):
    payment = started(flow_manager, script)
    script.fetch = [scripted.payment(Outcome.PENDING, amount=1299)]

    notify(flow_manager, label="paymentExecuted", amount=1299, paymentId=payment.wire_id)
    notify(flow_manager, label="paymentFailed")

    payment.refresh_from_db()
    assert (payment.captured, Subscription.objects.get().state) == (0, "PAYMENT_PENDING")
    assert payment.claimed_shop_transaction_id is not None


def test_a_repeated_one_changes_nothing(flow_manager, psp, script, looked):
    payment = started(flow_manager, script)
    script.fetch = [scripted.payment(Outcome.SUCCEEDED, amount=1299)]
    notify(flow_manager)
    before = (Transition.objects.count(), Subscription.objects.get().sequence, script.count("fetch"))

    answers = [notify(flow_manager, label=label).status_code for label in ("paymentExecuted", "paymentFailed")]

    assert answers == [200, 200]
    assert (Transition.objects.count(), Subscription.objects.get().sequence, script.count("fetch")) == before
    payment.refresh_from_db()
    assert payment.captured == 1299


def test_what_the_provider_charged_by_itself_is_found(project, account, psp, script):
    with clock.frozen(world.JANUARY):
        row = world.subscribed(project, shop_transaction_id="S-1", run_by=RunBy.PROVIDER)
    state = Verdict(
        Subject.SUBSCRIPTION,
        Outcome.SUCCEEDED,
        subscription=SubscriptionState(world.TOKEN, SubscriptionStatus.ACTIVE),
    )
    script.subscription = [(state, world.charge(Money(990, "EUR"), id="ch_2", sequence=2))]

    with clock.frozen(world.at(2027, 2, 28)):
        for _ in range(2):
            look_at(row.payments.get(subscription_period=1).id)

    assert [p.captured for p in row.payments.order_by("subscription_period")] == [990, 990]


def test_a_saga_of_this_hub_is_known_by_its_own_id_and_by_payment_id(flow_manager, project, account, psp, looked):
    payment = world.subscribed(project).payments.get()

    by_own = notify(flow_manager, saga=payment.public_id)
    by_wire_id = notify(flow_manager, saga="payment-elsewhere", paymentId=payment.wire_id)

    assert by_own.json()["subscriptionId"] == by_wire_id.json()["subscriptionId"] == payment.subscription.public_id
    payment.refresh_from_db()
    assert payment.flow_saga_id == ""


def test_an_unknown_saga_is_404_and_anothers_payment_409(flow_manager, psp, script, looked):
    payment = started(flow_manager, script)
    assert error_of(notify(flow_manager, saga="nobody")) == (404, "not_found", "key")
    assert error_of(notify(flow_manager, saga="nobody", paymentId="sp_nobody"))[0] == 404
    elsewhere = notify(flow_manager, saga="nobody", paymentId=payment.wire_id)
    assert error_of(elsewhere) == (409, "conflict", "value.messagePayload.paymentId")
    assert looked == []


def test_a_payment_of_no_subscription_is_nothing_to_look_at(flow_manager, script, looked):
    flow_manager.pay()
    work()
    answer = notify(flow_manager)
    assert (answer.status_code, answer.json()["subscriptionId"], looked) == (200, None, [])


def test_another_project_and_a_key_without_the_scope_learn_nothing(flow_manager, project, psp, script):
    started(flow_manager, script)
    other = factories.make_project()
    keys = [
        create_api_key(project=other, mode="test", scopes=["saga:drive"]).secret,
        create_api_key(project=project, mode="live", scopes=["saga:drive"]).secret,
        create_api_key(project=project, mode="test", scopes=["read"]).secret,
    ]
    api_keys.forget()
    envelope = {"key": SAGA, "value": {"messageLabel": "paymentExecuted", "messagePayload": {}}}
    assert [OrderSystem(key).post("/notify", envelope).status_code for key in keys] == [404, 404, 403]
