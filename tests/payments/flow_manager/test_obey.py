"""An outside Flow Manager commands payments, and hears the outcome of each exactly as its protocol has it."""

import datetime as dt
import json

import pytest
from django.core.cache import cache

from paymenthub.kernel import clock
from payments.attempts import reconcile
from payments.domain.attempt import ItemKind
from payments.flow_manager import events
from payments.flow_manager.tell import tell
from payments.models import Attempt, FlowCommand, FlowEvent, OperatorItem, Payment, Source
from payments.services.pay import pay
from providers.errors import OutcomeUnknown, Unavailable
from providers.types import Outcome
from tests import scripted
from tests.factories import pay_command
from tests.payments.api.conftest import error_of

from .conftest import SAGA, paid, pay_metadata, tell_all, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_commanded_payment_is_made_by_a_worker_and_told(flow_manager, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]

    answer = flow_manager.pay(additionalData={"channel": "web", "buyer": {"name": "Ada"}}, subscriptionId="sb1")

    assert answer.json() == {"sagaId": SAGA, "step": "pay", "repeated": False}
    assert script.asked == []  # answered before anything was sent
    work()
    payment = Payment.objects.get()
    assert (payment.flow_saga_id, payment.captured, payment.shop_transaction_id) == (SAGA, 1299, "order-1001")
    assert (payment.buyer, payment.additional_data) == ({"name": "Ada"}, {"channel": "web"})
    assert payment.success_redirect_url == "https://shop.example/ok"
    assert payment.saga_metadata == {"subscriptionId": "sb1"}
    assert flow_manager.events == [(SAGA, "paymentExecuted", {"paymentId": "psp_1"})]
    request = flow_manager.heard.received[0]
    assert (request.method, request.path, request.headers["secret"]) == ("POST", "/event", "fm-key")
    assert request.headers["idempotency-key"] == FlowEvent.objects.get().public_id


def test_a_customer_who_must_act_is_told_as_scheduled_and_the_poller_by_its_configured_name(
    flow_manager, script, settings
):
    script.pay = [scripted.payment(Outcome.ACTION_REQUIRED)]
    flow_manager.pay()
    work()
    script.fetch = [scripted.payment(Outcome.SUCCEEDED)]
    settings.FLOW_MANAGER_SYSTEM_EVENT_STYLE = "BySystem"

    reconcile.check(Attempt.objects.get().id, source=Source.SYSTEM)
    tell_all()

    assert flow_manager.events == [
        (
            SAGA,
            "paymentScheduled",
            {"paymentId": "psp_1", "payRequestData": {"redirectToUrl": "https://psp.test/checkout/1"}},
        ),
        (SAGA, "paymentExecutedBySystem", {"paymentId": "psp_1"}),
    ]


@pytest.mark.parametrize(
    ("style", "executed", "failed"),
    [
        ("ByTheSystem", "paymentExecutedByTheSystem", "paymentFailedByTheSystem"),
        ("Frullino", "paymentExecutedFrullino", "paymentExecutionFailedFrullino"),
        ("plain", "paymentExecuted", "paymentFailed"),
    ],
)
def test_every_style_of_the_pollers_names(settings, style, executed, failed):
    settings.FLOW_MANAGER_SYSTEM_EVENT_STYLE = style
    assert [events._system_name(0), events._system_name(1)] == [executed, failed]


def test_a_repeated_command_never_pays_twice(flow_manager, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    first, second = flow_manager.pay(), flow_manager.pay()
    work()
    third = flow_manager.pay()
    work()

    assert [answer.json()["repeated"] for answer in (first, second, third)] == [False, True, True]
    assert script.count("pay") == 1
    assert flow_manager.labels == ["paymentExecuted"]


def test_a_refusal_is_told_and_a_repeated_command_hears_it_again_after_a_minute(flow_manager, script):
    script.pay = [scripted.payment(Outcome.DECLINED)]
    flow_manager.pay()
    work()
    flow_manager.pay()
    tell_all()
    assert flow_manager.events == [(SAGA, "paymentFailed", {"paymentId": "psp_1", "error": "insufficient funds"})]

    with clock.advanced(61):
        flow_manager.pay()
        tell_all()

    assert flow_manager.labels == ["paymentFailed", "paymentFailed"]
    ids = {request.headers["idempotency-key"] for request in flow_manager.heard.received}
    assert len(ids) == 1
    assert script.count("pay") == 1


def test_provider_data_reaches_the_psp_and_nothing_else(flow_manager, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    secret = {"token": "tok-very-secret"}
    flow_manager.pay(payRequestData={"providerData": secret, "successRedirectUrl": "https://shop.example/ok"})
    command = FlowCommand.objects.get()
    assert cache.get(f"provider-data:{command.id.hex}") is not None

    work()

    assert script.asked[0][2].provider_data == secret
    assert cache.get(f"provider-data:{command.id.hex}") is None
    kept = [command.payload, Payment.objects.get().saga_metadata, *FlowEvent.objects.values_list("payload", flat=True)]
    assert "tok-very-secret" not in json.dumps(kept)
    assert command.payload["payRequestData"] == {"successRedirect": "https://shop.example/ok"}


def test_provider_data_that_is_gone_fails_the_payment_and_nothing_is_sent(flow_manager, script):
    flow_manager.pay(payRequestData={"providerData": {"token": "t"}})
    cache.clear()

    work()

    assert script.asked == []
    assert flow_manager.labels == ["paymentFailed"]
    assert flow_manager.events[0][2]["error"].startswith("provider_data_expired")


def test_what_cannot_be_paid_is_told(flow_manager, script):
    flow_manager.pay(provider="nobody")
    work()

    assert flow_manager.labels == ["paymentFailed"]
    assert flow_manager.events[0][2]["error"].startswith("not_found: ")
    assert FlowCommand.objects.get().state == "refused"
    assert not Payment.objects.exists()


def test_a_psp_that_is_away_is_tried_again_with_the_same_key_and_given_up_in_time(flow_manager, script, settings):
    script.pay = [Unavailable("away")]
    flow_manager.pay()
    work()
    assert flow_manager.labels == []
    with clock.advanced(30):
        work()
    assert {call.idempotency_key for _, call, _ in script.asked} == {Attempt.objects.get().idempotency_key}
    assert script.count("pay") == 2

    with clock.advanced(settings.FLOW_COMMAND_RETRY_FOR + 1):
        work()

    assert flow_manager.labels == ["paymentFailed"]
    assert Payment.objects.get().claimed_shop_transaction_id is None


def test_a_psp_that_comes_back_is_paid_once(flow_manager, script):
    script.pay = [Unavailable("away"), scripted.payment(Outcome.SUCCEEDED)]
    flow_manager.pay()
    work()
    work()

    assert flow_manager.labels == ["paymentExecuted"]
    assert Payment.objects.get().captured == 1299


def test_an_unknown_outcome_is_no_failure(flow_manager, script):
    script.pay = [OutcomeUnknown("timeout")]
    flow_manager.pay()
    work()
    work()

    assert (flow_manager.labels, script.count("pay")) == ([], 1)
    assert Attempt.objects.get().state == "UNKNOWN"


def test_another_sagas_order_is_not_paid_again(flow_manager, script):
    paid(script, flow_manager)
    flow_manager.pay(saga="another")
    work()

    assert flow_manager.events[-1][:2] == ("another", "paymentFailed")
    assert flow_manager.events[-1][2]["error"].startswith("duplicate_transaction")
    assert script.count("pay") == 1


def test_events_wait_for_the_flow_manager_in_their_order_and_none_is_lost(flow_manager, script, settings):
    flow_manager.heard.status = 503
    payment = paid(script, flow_manager)
    flow_manager.refund(500, refundId="r1")
    work()
    assert flow_manager.labels.count("partialRefundExecuted") == 0  # it waits for the first one
    first = FlowEvent.objects.get(number=1)
    assert (first.status, first.taken_at) == (503, None)

    flow_manager.heard.received.clear()
    flow_manager.heard.status = 200
    with clock.advanced(dt.timedelta(days=5).total_seconds()):
        tell_all()

    assert flow_manager.labels == ["paymentExecuted", "partialRefundExecuted"]
    assert not FlowEvent.objects.filter(taken_at=None).exists()
    assert payment.flow_events.count() == 2


def test_a_dead_flow_manager_is_one_operator_item_and_a_refused_event_is_one_of_its_saga(
    flow_manager, script, settings
):
    settings.BREAKER_FAILURES = 0
    flow_manager.heard.status = 500
    paid(script, flow_manager)
    assert not OperatorItem.objects.exists()
    with clock.advanced(settings.FLOW_MANAGER_ALARM_AFTER + 1):
        tell_all()
        tell_all()
        flow_manager.heard.status = 422
        tell_all()

    items = OperatorItem.objects.filter(kind=ItemKind.FLOW_MANAGER).order_by("created_at")
    assert [item.about.partition(":")[0] for item in items] == ["flow-manager", "saga"]


def test_a_flow_manager_that_is_away_keeps_no_worker_waiting(flow_manager, script, settings):
    settings.FLOW_MANAGER_URL = "http://127.0.0.1:9"
    settings.BREAKER_FAILURES = 2
    cache.clear()
    paid(script, flow_manager)
    tell_all()
    tell_all()

    assert FlowEvent.objects.get().error == "not tried: it did not answer others"
    cache.clear()


def test_an_event_is_told_by_one_worker_only(flow_manager, script):
    paid(script, flow_manager)
    event = FlowEvent.objects.get()
    FlowEvent.objects.update(taken_at=None, next_try_at=clock.now())

    assert [tell(event.id, tries=event.tries), tell(event.id, tries=event.tries)] == [True, False]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"amount": 12.99}, "amount"),
        ({"amount": "1299"}, "amount"),
        ({"amount": None}, "amount"),
        ({"currency": "XXQ"}, "currency"),
        ({"provider": None}, "provider"),
        ({"provider": "../x"}, "provider"),
        ({"paymentMethod": 7}, "paymentMethod"),
        ({"shopTransactionId": ""}, "shopTransactionId"),
        ({"payRequestData": {"successRedirect": "javascript:alert(1)"}}, "successRedirectUrl"),
    ],
)
def test_a_bad_command_is_refused_with_its_field(flow_manager, change, param):
    assert error_of(flow_manager.pay(**change))[::2] == (400, param)
    assert not FlowCommand.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"additionalData": {"note": "4111 1111 1111 1111"}},
        {"callbackHistory": [{"body": "card 4111111111111111"}]},
        {"payRequestData": {"providerData": {"number": "4111111111111111"}}},
    ],
)
def test_what_looks_like_a_card_is_refused(flow_manager, change):
    answer = flow_manager.pay(**change)
    assert error_of(answer)[0] == 422
    assert "4111" not in answer.text
    assert not FlowCommand.objects.exists()


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"key": "", "value": {"messageLabel": "l", "messagePayload": {}}},
        {"key": "s", "value": {"messageLabel": "l", "messagePayload": {}, "more": 1}},
        {"key": "s", "value": {"messageLabel": "l", "messagePayload": {}}, "more": 1},
        {"key": "s", "value": {"messageLabel": "l", "messagePayload": []}},
        {"key": "s", "value": "paid"},
        {"key": 7, "value": {"messageLabel": "l", "messagePayload": {}}},
    ],
)
@pytest.mark.parametrize("path", ["pay", "refund", "pay-by-link", "subscription/start"])
def test_an_envelope_is_strict(flow_manager, path, envelope):
    assert error_of(flow_manager.api.post(f"/saga/{path}", envelope))[0] == 400


def test_without_a_flow_manager_nobody_could_be_told(flow_manager, settings):
    settings.FLOW_MANAGER_URL = ""
    assert error_of(flow_manager.pay())[:2] == (501, "no_flow_manager")


def test_metadata_that_a_command_lacks_is_read_from_the_sagas_collection(flow_manager, script, settings):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    settings.SAGA_CRUD_URL = settings.FLOW_MANAGER_URL + "/fm-transactions"
    flow_manager.heard.body = json.dumps([{"sagaId": SAGA, "metadata": pay_metadata()}]).encode()

    assert flow_manager.command("pay", {"payRequestData": {}}).status_code == 200

    asked = flow_manager.heard.received.pop()
    assert (asked.method, asked.path) == ("GET", f"/fm-transactions/?sagaId={SAGA}")
    work()
    assert Payment.objects.get().amount == 1299


def test_a_collection_that_is_away_is_503_and_nothing_is_kept(flow_manager, settings):
    settings.SAGA_CRUD_URL = "http://127.0.0.1:9/fm-transactions"
    assert error_of(flow_manager.command("pay", {}))[:2] == (503, "busy")
    assert not FlowCommand.objects.exists()


def test_older_names_are_taken(flow_manager, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    assert flow_manager.pay(shopTransactionId=None, shopTransactionID="order-2").status_code == 200
    work()
    assert Payment.objects.get().shop_transaction_id == "order-2"


def test_payments_of_the_gateway_tell_no_flow_manager(flow_manager, script, project):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    pay(pay_command(project))
    assert not FlowEvent.objects.exists()
