"""This hub as the Flow Manager: sagas over HTTP, commands to another service, its answers through the one door."""

import json

import pytest
from django.core.cache import cache

from paymenthub.kernel.money import Money
from payments.attempts import reconcile
from payments.domain.attempt import ItemKind
from payments.flow_manager import _http
from payments.models import Attempt, Movement, OperatorItem, OutboxEvent, Payment, Refund, SagaCommand, Source
from payments.outbound import _post
from payments.outbound.carry_out import carry_out
from payments.outbound.secrets import seal_secrets
from payments.outbound.sign import new_secret
from payments.selectors import ledger
from payments.services.install_machine import By as InstalledBy
from payments.services.install_machine import check_machine, install_machine
from payments.services.merchants import create_api_key
from payments.services.ordering import By
from payments.services.refund import RefundCommand, refund
from payments.services.status import read_status
from providers.types import Outcome
from tests import factories, scripted
from tests.payments.api.conftest import OrderSystem, error_of

from .conftest import receiver, tell_all, work  # noqa: F401 - a fixture
from .machines import sent_to

pytestmark = pytest.mark.django_db(transaction=True)

METADATA = {
    "shopTransactionId": "order-1001",
    "amount": 1299,
    "currency": "EUR",
    "type": "DIRECT",
    "additionalData": {"channel": "web", "buyer": {"id": "u1", "name": "Ada", "email": "ada@example.org"}},
}
SCHEDULE = {
    "provider": "scripted",
    "paymentMethod": "credit-cards",
    "payRequestData": {"successRedirect": "https://shop.example/ok", "providerData": {"token": "tok-secret"}},
}


@pytest.fixture
def driver(project, account):
    """A service with the scope to drive sagas."""
    return OrderSystem(create_api_key(project=project, mode="test", scopes=["saga:drive"]).secret)


@pytest.fixture
def outside(project, account, receiver):  # noqa: F811 - the fixture
    """The project's machine sends payments and refunds to another service."""
    return made_outside(project, receiver.url.removesuffix("/hook"), "key-of-b") and receiver


def made_outside(project, base_url: str, key: str):
    checked = check_machine(json.dumps(sent_to(base_url, key)).encode())
    install_machine(project=project, checked=checked, by=InstalledBy("tests", "a test"))
    project.callback_secrets_sealed = seal_secrets(project, [new_secret()])
    project.save(update_fields=["callback_secrets_sealed"])
    project.refresh_from_db()
    return True


def create(driver, **over) -> str:
    answer = driver.post("/fm/saga", {"associatedEntityId": "order-1001", "metadata": METADATA | over})
    assert answer.status_code == 200, answer.text
    return answer.json()["sagaId"]


def tell(driver, saga: str, label: str, payload: dict | None = None, **headers: str):
    envelope = {"key": saga, "value": {"messageLabel": label, "messagePayload": payload or {}}}
    return driver.post("/fm/event", envelope, **headers)


def taken(answer) -> tuple[bool, str]:
    assert answer.status_code == 200, answer.text
    return answer.json()["taken"], answer.json()["currentState"]


def send_commands() -> None:
    for command in SagaCommand.objects.filter(state="due"):
        carry_out(command.id, tries=command.tries)


def commands(outside) -> list[dict]:
    return [json.loads(request.body) for request in outside.received]


def paid(driver, outside) -> Payment:
    saga = create(driver)
    tell(driver, saga, "scheduleRequested", SCHEDULE)
    send_commands()
    assert taken(tell(driver, saga, "paymentExecuted", {"paymentId": "sp_1"})) == (True, "PAYMENT_EXECUTED")
    outside.received.clear()
    return Payment.objects.get()


def balanced() -> None:
    assert ledger.find(list(Payment.objects.values_list("pk", flat=True))) == []


def test_a_payment_by_events_of_an_outside_service(driver, outside, script):
    saga = create(driver)
    assert not Payment.objects.exists()

    assert taken(tell(driver, saga, "scheduleRequested", SCHEDULE)) == (True, "PAYMENT_SCHEDULE_REQUESTED")
    send_commands()

    (command,) = commands(outside)
    assert (outside.received[0].path, outside.received[0].headers["secret"]) == ("/saga/pay", "key-of-b")
    assert (command["key"], command["value"]["messageLabel"]) == (saga, "paymentScheduled")
    metadata = command["value"]["messagePayload"]
    assert metadata["payRequestData"] == {
        "successRedirect": "https://shop.example/ok",
        "providerData": {"token": "tok-secret"},
    }
    assert (metadata["amount"], metadata["provider"], metadata["shopTransactionId"]) == (1299, "scripted", "order-1001")
    assert "tok-secret" not in json.dumps([*Payment.objects.values_list("saga_metadata", flat=True)])

    redirect = {"paymentId": "sp_1", "payRequestData": {"redirectToUrl": "https://psp.test/1"}}
    assert taken(tell(driver, saga, "paymentScheduled", redirect)) == (True, "PAYMENT_PENDING")
    assert taken(tell(driver, saga, "paymentExecutedBySystem", {"paymentId": "sp_1"})) == (True, "PAYMENT_EXECUTED")

    payment = Payment.objects.get()
    assert (payment.public_id, payment.captured, payment.provider_payment_id) == (saga, 1299, "sp_1")
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.kind, attempt.amount, attempt.redirect_url) == (
        *("SUCCEEDED", "pay", 1299),
        "https://psp.test/1",
    )
    assert cache.get(f"provider-data:{attempt.id.hex}") is None
    assert script.asked == []  # the provider's driver here was never called
    assert list(OutboxEvent.objects.values_list("type", flat=True)) == ["payment.captured"]
    balanced()


def test_the_same_event_again_changes_nothing(driver, outside):
    payment = paid(driver, outside)
    before = (Movement.objects.count(), payment.transitions.count())

    assert taken(tell(driver, payment.public_id, "paymentExecuted", {"paymentId": "sp_1"})) == (
        False,
        "PAYMENT_EXECUTED",
    )
    assert taken(tell(driver, payment.public_id, "paymentFailed", {"error": "late"})) == (False, "PAYMENT_EXECUTED")
    assert taken(tell(driver, payment.public_id, "scheduleRequested", SCHEDULE)) == (False, "PAYMENT_EXECUTED")

    assert (Movement.objects.count(), payment.transitions.count()) == before
    assert Payment.objects.get().captured == 1299


def test_refunds_are_reserved_commanded_by_name_and_settled(driver, outside):
    payment = paid(driver, outside)
    saga = payment.public_id
    tell(driver, saga, "refundRequested", {"refundRequestData": {"amount": 500}})
    tell(driver, saga, "refundRequested", {"refundRequestData": {"amount": 500}})  # the same, within a minute
    send_commands()

    payment.refresh_from_db()
    row = Refund.objects.get()
    assert (payment.refund_reserved, payment.state) == (500, "REFUND_REQUESTED")
    (command,) = commands(outside)
    assert outside.received[0].path == "/saga/refund"
    wanted = command["value"]["messagePayload"]["refundRequestData"]
    assert wanted == {"amount": 500, "refundId": row.public_id}

    done = {"refundDetails": {"totalRefundedAmount": 500, "refundedAmounts": [500], "refundId": row.public_id}}
    assert taken(tell(driver, saga, "partialRefundExecuted", done)) == (True, "PARTIALLY_REFUNDED")
    assert taken(tell(driver, saga, "partialRefundExecuted", done)) == (False, "PARTIALLY_REFUNDED")
    payment.refresh_from_db()
    assert (payment.refunded_by_us, payment.refund_reserved) == (500, 0)
    balanced()


def test_a_refund_that_fails_gives_the_reserve_back(driver, outside):
    payment = paid(driver, outside)
    tell(driver, payment.public_id, "refundRequested", {"refundRequestData": {"amount": 500, "refundId": "r-1"}})
    assert taken(tell(driver, payment.public_id, "refundPending")) == (True, "REFUND_REQUESTED")
    assert taken(tell(driver, payment.public_id, "refundFailed", {"error": "no"})) == (True, "REFUND_FAILED")
    payment.refresh_from_db()
    assert (payment.refund_reserved, payment.refunded_by_us, payment.refundable) == (0, 0, 1299)
    balanced()


def test_refunds_from_this_hubs_own_api_go_to_the_channel_too(driver, outside, script):
    payment = paid(driver, outside)
    refund(RefundCommand(payment, Money(1299, "EUR")), By())
    send_commands()
    details = {"totalRefundedAmount": 1299, "refundedAmounts": [1299]}  # by an older service that names no refund
    assert taken(tell(driver, payment.public_id, "totalRefundExecuted", {"refundDetails": details})) == (
        True,
        "TOTALLY_REFUNDED",
    )
    assert script.asked == []
    balanced()


def test_a_refund_made_over_there_is_recorded_once_and_shown_to_a_person(driver, outside):
    payment = paid(driver, outside)
    done = {"refundDetails": {"totalRefundedAmount": 300, "refundedAmounts": [300], "refundId": None}}
    assert taken(tell(driver, payment.public_id, "partialRefundExecuted", done)) == (True, "PARTIALLY_REFUNDED")
    assert taken(tell(driver, payment.public_id, "partialRefundExecuted", done)) == (False, "PARTIALLY_REFUNDED")
    payment.refresh_from_db()
    assert (payment.refunded_elsewhere, payment.refunded_by_us) == (300, 0)
    assert OperatorItem.objects.get().kind == ItemKind.EXTERNAL_REFUND
    balanced()


def test_a_refund_announced_by_the_outside_service_is_commanded_with_its_own_name(driver, outside):
    payment = paid(driver, outside)
    announced = {"refundRequestData": {"amount": 300, "refundId": "rf_of_b"}}
    tell(driver, payment.public_id, "refundRequested", announced)
    tell(driver, payment.public_id, "refundRequested", announced)
    send_commands()
    assert [c["value"]["messagePayload"]["refundRequestData"] for c in commands(outside)] == [
        {"amount": 300, "refundId": "rf_of_b"}
    ]


def test_another_amount_than_asked_for_is_held_for_a_person(driver, outside):
    saga = create(driver)
    tell(driver, saga, "scheduleRequested", SCHEDULE)
    tell(driver, saga, "paymentExecuted", {"paymentId": "sp_1", "amount": 1})
    assert Payment.objects.get().captured == 0
    assert OperatorItem.objects.get().kind == ItemKind.AMOUNT_MISMATCH


def test_more_than_was_paid_is_not_refunded(driver, outside):
    payment = paid(driver, outside)
    answer = tell(driver, payment.public_id, "refundRequested", {"refundRequestData": {"amount": 1300}})
    assert error_of(answer) == (422, "over_refund", "amount")


def test_what_is_not_delivered_is_in_doubt_and_an_answer_still_counts(driver, outside):
    outside.status = 400
    saga = create(driver)
    tell(driver, saga, "scheduleRequested", SCHEDULE)
    send_commands()
    assert Attempt.objects.get().state == "UNKNOWN"
    assert OperatorItem.objects.get().kind == ItemKind.STEP_FAILED
    assert taken(tell(driver, saga, "paymentExecuted", {"paymentId": "sp_1"}))[0] is True
    assert Payment.objects.get().captured == 1299


def test_nobody_asks_the_provider_here_about_it(driver, outside, script):
    saga = create(driver)
    tell(driver, saga, "scheduleRequested", SCHEDULE)
    tell(driver, saga, "paymentScheduled", {"paymentId": "sp_1"})
    attempt = Attempt.objects.get()

    assert reconcile.check(attempt.id, source=Source.SYSTEM) is None
    read_status(Payment.objects.get(), evidence="t")
    reconcile.poll(attempt.id)
    assert script.asked == []


def test_what_the_channels_do_not_offer_is_501(driver, outside, project):
    saga = create(driver)
    tell(driver, saga, "scheduleRequested", SCHEDULE)
    tell(driver, saga, "paymentScheduled", {"paymentId": "sp_1"})
    shop = OrderSystem(create_api_key(project=project, mode="test", scopes=["payments"]).secret)
    assert error_of(shop.post("/scripted/cancel", {"paymentId": saga}))[:2] == (501, "unsupported_operation")


@pytest.fixture
def hung_up():
    """Close kept connections at the end: the test server's threads hold the database for as long as these are open."""
    yield
    for module in (_post, _http):
        module._transport().close()


MONEY = ["paymentExecuted", "paymentFailed", "paymentExecutedByTheSystem", "totalRefundExecuted", "refundFailed"]


@pytest.mark.parametrize("label", [*MONEY, "paymentAuthorized", "chargebackOpened", "paymentCancelled"])
def test_of_a_payment_at_this_hubs_own_provider_only_the_provider_tells(driver, script, label):
    script.pay = [scripted.payment(Outcome.ACTION_REQUIRED)]
    saga = create(driver)
    assert error_of(tell(driver, saga, label)) == (409, "event_refused", "key")  # before anything was asked for
    assert taken(tell(driver, saga, "scheduleRequested", SCHEDULE)) == (True, "PAYMENT_PENDING")

    assert error_of(tell(driver, saga, label, {"paymentId": "x"})) == (409, "event_refused", "key")

    payment = Payment.objects.get()
    assert (payment.captured, payment.state) == (0, "PAYMENT_PENDING")


def test_published_envelopes_pay_at_this_hubs_own_provider(driver, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    script.refund = [scripted.refund(Outcome.SUCCEEDED, 500)]
    saga = create(driver)
    assert taken(tell(driver, saga, "update", {"description": "A book"})) == (True, "PAYMENT_CREATED")
    assert taken(tell(driver, saga, "scheduleRequested", SCHEDULE)) == (True, "PAYMENT_EXECUTED")
    assert script.asked[0][2].provider_data == {"token": "tok-secret"}
    assert taken(tell(driver, saga, "refundRequested", {"refundRequestData": {"amount": 500}})) == (
        True,
        "PARTIALLY_REFUNDED",
    )
    assert Payment.objects.get().description == "A book"
    document = driver.get(f"/fm-transactions/{saga}").json()
    assert document["associatedEntityId"] == "order-1001"
    balanced()


def test_an_order_that_another_payment_has_is_not_paid_again(driver, script):
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    first, second = create(driver), create(driver)
    tell(driver, first, "scheduleRequested", SCHEDULE)
    assert error_of(tell(driver, second, "scheduleRequested", SCHEDULE))[:2] == (409, "duplicate_transaction")
    assert script.count("pay") == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"associatedEntityId": "a", "metadata": {}, "more": 1}, "more"),
        ({"metadata": {}}, "associatedEntityId"),
        ({"associatedEntityId": "", "metadata": {}}, "associatedEntityId"),
        ({"associatedEntityId": "a", "metadata": []}, "metadata"),
        ({"associatedEntityId": "a"}, "metadata"),
    ],
)
def test_a_new_saga_is_strict(driver, body, param):
    assert error_of(driver.post("/fm/saga", body)) == (400, "invalid_field", param)


def test_events_are_strict_and_keep_no_card(driver, script):
    saga = create(driver)
    assert error_of(driver.post("/fm/event", {"key": saga, "value": {"messageLabel": "x"}}))[0] == 400
    card = {"additionalData": {"note": "4111111111111111"}}
    assert error_of(tell(driver, saga, "scheduleRequested", SCHEDULE | card))[0] == 422
    assert error_of(tell(driver, saga, "scheduleRequested", SCHEDULE | {"amount": "12"})) == (
        400,
        "invalid_field",
        "amount",
    )
    assert error_of(tell(driver, saga, "authorizationRequested"))[:2] == (501, "unsupported_operation")
    assert not Payment.objects.exists()


def test_scopes_and_foreign_sagas(driver, project):
    shop = OrderSystem(create_api_key(project=project, mode="test", scopes=["payments"]).secret)
    saga = create(driver)
    assert tell(shop, saga, "update").status_code == 403  # the scope payments drives no saga
    assert shop.post("/fm/saga", {"associatedEntityId": "a", "metadata": {}}).status_code == 403
    live = OrderSystem(create_api_key(project=project, mode="live", scopes=["saga:drive"]).secret)
    assert error_of(tell(live, saga, "update"))[:2] == (404, "not_found")
    assert error_of(tell(driver, "payment-unknown", "update"))[:2] == (404, "not_found")


def test_the_machine_is_shown_without_the_addresses_of_its_channels(driver, outside):
    machine = driver.get("/fm/machine-definition").json()
    assert (machine["initialState"], machine["creationEvent"]) == ("PAYMENT_CREATED", "paymentCreated")
    assert "communicationProtocols" not in machine
    assert "key-of-b" not in json.dumps(machine)
    states = {state["id"]: state for state in machine["states"]}
    assert states["PAYMENT_SCHEDULE_REQUESTED"]["outputCommand"] == {"channel": "pay", "label": "paymentScheduled"}


def test_two_hubs_in_one_process_pay_and_refund_over_http(
    driver, project, account, script, settings, live_server, hung_up
):
    """A's project is the Flow Manager of B's: everything between them goes over HTTP."""
    b = factories.make_project()
    factories.make_account(b)
    key_of_b = create_api_key(project=b, mode="test", scopes=["saga:drive"]).secret
    made_outside(project, live_server.url, key_of_b)
    settings.FLOW_MANAGER_URL, settings.FLOW_MANAGER_SECRET = f"{live_server.url}/fm", driver.secret
    script.pay = [scripted.payment(Outcome.ACTION_REQUIRED)]
    script.fetch = [scripted.payment(Outcome.SUCCEEDED)]
    script.refund = [lambda call, req: scripted.refund(Outcome.SUCCEEDED, req.money.amount, id=call.attempt_reference)]

    def everybody_works() -> None:
        for _ in range(3):
            send_commands()
            work()

    saga = create(driver)
    tell(driver, saga, "scheduleRequested", SCHEDULE)
    everybody_works()
    a, at_b = Payment.objects.get(project=project), Payment.objects.get(project=b)
    assert (a.state, at_b.state, at_b.flow_saga_id) == ("PAYMENT_PENDING", "PAYMENT_PENDING", saga)
    assert Attempt.objects.get(payment=a).redirect_url == "https://psp.test/checkout/1"

    reconcile.check(Attempt.objects.get(payment=at_b).id, source=Source.SYSTEM)
    everybody_works()
    tell(driver, saga, "refundRequested", {"refundRequestData": {"amount": 299}})
    everybody_works()
    refund(RefundCommand(Payment.objects.get(project=b), Money(200, "EUR")), By())  # an operator of B's
    everybody_works()
    tell(driver, saga, "refundRequested", {"refundRequestData": {"amount": 800, "refundId": "the-rest"}})
    everybody_works()
    tell_all()

    for payment in Payment.objects.all():
        assert (payment.state, payment.captured) == ("TOTALLY_REFUNDED", 1299)
        assert payment.refunded_by_us + payment.refunded_elsewhere == 1299
        assert payment.refund_reserved == 0
        events = [t.event for t in payment.transitions.filter(unexpected=True)]
        assert events == []
    assert (script.count("pay"), script.count("refund")) == (1, 3)
    assert not OperatorItem.objects.exists()
    balanced()


def test_a_saga_of_this_hub_asks_for_its_link_by_an_event(driver, script):
    script.link_create = [scripted.payment(Outcome.ACTION_REQUIRED, id="sl_1")]
    saga = create(driver, type="PAY_BY_LINK")

    assert taken(tell(driver, saga, "linkRequested", {"provider": "scripted"})) == (True, "LINK_CREATED")
    assert taken(tell(driver, saga, "linkRequested", {"provider": "scripted"})) == (False, "LINK_CREATED")

    assert script.count("link_create") == 1
    assert Payment.objects.get().saga_metadata["link"] == "https://psp.test/checkout/1"
