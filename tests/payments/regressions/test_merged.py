"""What went wrong where two parts met that were each right alone: steps, orders, sagas, resync."""

import dataclasses
import datetime as dt
import uuid

import pytest

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import DuplicateTransaction, ProviderUnavailable, WrongState
from paymenthub.kernel.money import Money
from payments.attempts import provider_data
from payments.domain.attempt import AttemptState, ItemKind
from payments.flow_manager import drive
from payments.inbox.resync import resync
from payments.models import Attempt, OperatorItem, Payment, Source
from payments.saga.handlers import StepAnswer
from payments.services import pay as pay_service
from payments.services.capture import CaptureCommand, capture
from payments.services.expire_due import expire_payment
from payments.services.install_machine import By as Installer
from payments.services.install_machine import check_machine, install_machine
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import EventsPage, Notification, Outcome
from tests import factories, scripted
from tests.architecture.sources import ROOT
from tests.payments.orders import doing
from tests.payments.saga.conftest import handle, install
from tests.payments.saga.world import small_machine, work
from tests.scripted import ScriptedDriver, payment

__all__ = ["handle", "install"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def step(install, handle, settings):
    """A step before every charge, which passes."""
    settings.ORDER_CAPTURE_ON, settings.EVENT_BUS_ENABLED = "at_once", True
    install(small_machine())
    handle("step", lambda command: StepAnswer("passed"))


def test_an_orders_token_waits_for_the_step_before_its_charge(project, account, script, step):
    script.pay = [payment(Outcome.SUCCEEDED)]
    intent = doing.authorized(project)
    assert script.asked == []

    work()

    row = doing.payment_of(intent)
    assert [request.provider_data for _, _, request in script.asked] == [doing.TOKEN]
    assert (row.captured, row.state) == (1299, "PAID")
    assert provider_data.take(intent.id) is None


def test_an_order_that_is_cancelled_during_the_step_is_never_charged(project, account, script, step):
    script.pay = [payment(Outcome.SUCCEEDED)]
    intent = doing.authorized(project)

    doing.news(intent, "order-cancelled")
    work()

    row = doing.payment_of(intent)
    assert (script.asked, row.state, row.claimed_shop_transaction_id) == ([], "CANCELLED", None)
    assert provider_data.take(intent.id) is None


def test_a_bulk_refund_of_whatever_name_leaves_the_rest_of_a_cancelled_order_to_be_given_back(
    project, account, script, settings
):
    settings.ORDER_CAPTURE_ON = "at_once"
    script.pay = [payment(Outcome.SUCCEEDED)]
    script.refund = [
        scripted.refund(Outcome.SUCCEEDED, 300, id="ref_1"),
        scripted.refund(Outcome.SUCCEEDED, 999, id="ref_2"),
    ]
    intent = doing.authorized(project)
    refund(RefundCommand(doing.payment_of(intent), Money(300, "EUR"), batch_id="order-cancelled"), By(Source.API))

    doing.news(intent, "order-cancelled")

    assert doing.payment_of(intent).refundable == 0
    assert [request.money.amount for kind, _, request in script.asked if kind == "refund"] == [300, 999]


def test_a_repeated_promised_payment_leaves_what_the_first_one_keeps(project, account, script, step):
    script.pay = [payment(Outcome.SUCCEEDED)]
    first = factories.pay_command(project, payment_id=ids.new_uuid(), provider_data={"token": "tok_1"})
    row = pay(first).payment

    assert pay(dataclasses.replace(first, provider_data={})).replayed
    with pytest.raises(DuplicateTransaction):
        pay(dataclasses.replace(first, money=Money(5, "EUR"), provider_data={"token": "tok_2"}))

    assert provider_data.take(row.id) == {"token": "tok_1"}


def scheduled(project, saga, **payload):
    return drive.SagaEvent(project, "test", ids.public_id(ids.PAYMENT, saga.id), "scheduleRequested", payload)


def saga_of(project):
    metadata = {
        "provider": "scripted",
        "paymentMethod": "credit-cards",
        "amount": 1299,
        "currency": "EUR",
        "shopTransactionId": f"order-{uuid.uuid4().hex[:8]}",
    }
    return drive.create_saga(project=project, mode="test", associated_entity_id="order-1", metadata=metadata)


def test_a_saga_whose_payment_ended_unsent_says_so_and_is_not_asked_again_and_again(project, account, script):
    script.pay = [Unavailable("down")]
    saga = saga_of(project)
    with pytest.raises(ProviderUnavailable):
        drive.take_event(scheduled(project, saga))
    Payment.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    assert expire_payment(saga.id)

    with pytest.raises(WrongState):
        drive.take_event(scheduled(project, saga))

    assert script.count("pay") == 1


def test_a_promised_payment_under_another_transaction_id_is_a_conflict(project, account, script):
    script.pay = [Unavailable("down")]
    saga = saga_of(project)
    with pytest.raises(ProviderUnavailable):
        drive.take_event(scheduled(project, saga))

    with pytest.raises(DuplicateTransaction):
        drive.take_event(scheduled(project, saga, shopTransactionId="another"))

    assert (script.count("pay"), Payment.objects.count()) == (1, 1)


def test_what_was_not_sent_is_not_sent_once_the_payment_holds_money(project, account, script):
    script.pay = [Unavailable("down")]
    command = factories.pay_command(project)
    with pytest.raises(ProviderUnavailable):
        pay(command)
    unsent = Attempt.objects.get()
    Payment.objects.update(authorized=1299, captured=1299)  # another attempt has won in between

    row = Payment.objects.select_related("provider_account").get()
    assert pay_service._reopen(row, unsent, ScriptedDriver(), command) is None

    unsent.refresh_from_db()
    assert unsent.state == AttemptState.NOT_SENT


def test_a_resync_does_not_call_unknown_what_may_be_an_operation_in_doubt(project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    row = pay(factories.pay_command(project, capture_mode="manual")).payment
    script.capture = [OutcomeUnknown("timeout")]
    capture(CaptureCommand(row), By(Source.API))
    told = dataclasses.replace(
        scripted.capture(Outcome.SUCCEEDED, 1299, id="cap_9"), parent=(payment(Outcome.AUTHORIZED).references[0],)
    )
    script.list_events = [EventsPage((Notification(key="evt_9", type="capture.succeeded", verdicts=(told,)),))]

    done = resync(account, clock.now() - dt.timedelta(days=1))

    assert (done.unknown, done.not_asked) == (set(), {row.id})
    assert not OperatorItem.objects.filter(kind=ItemKind.UNKNOWN_HERE).exists()


def test_the_second_payment_of_an_order_goes_back_whole_where_a_provider_refunds_whole_amounts_only(
    project, account, script, monkeypatch
):
    monkeypatch.setattr(ScriptedDriver, "features", frozenset())
    script.pay = [payment(Outcome.SUCCEEDED)]
    row = pay(factories.pay_command(project)).payment
    second = Attempt.objects.get()
    Payment.objects.update(captured=2598, authorized=2598)
    row.refresh_from_db()
    script.refund = [scripted.refund(Outcome.SUCCEEDED, 1299)]

    done = refund(RefundCommand(row, Money(1299, "EUR"), capture=second), By(Source.API))

    assert done.attempt.state == AttemptState.SUCCEEDED


def test_the_example_with_a_step_before_its_charge_can_be_installed(project, account, script, handle):
    handle("fraud_check", lambda command: StepAnswer("fraudCheckPassed"))
    script.pay = [payment(Outcome.SUCCEEDED)]

    checked = check_machine((ROOT / "examples/machines/fraud_check.json").read_bytes())
    install_machine(project=project, checked=checked, by=Installer("ada", "to see"))
    project.refresh_from_db()
    row = pay(factories.pay_command(project)).payment
    assert (row.state, script.asked) == ("FRAUD_CHECK_REQUESTED", [])
    work()

    row.refresh_from_db()
    assert (row.state, row.captured, script.count("pay")) == ("PAYMENT_EXECUTED", 1299, 1)
