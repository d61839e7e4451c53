"""Commands and news come in, events go out, on a real broker."""

import json
import threading
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from paymenthub.kernel import clock
from payments.bus import publisher as publisher_module
from payments.bus import schemas
from payments.bus.consumer import Consumer
from payments.bus.publisher import Publisher, publish_due
from payments.bus.retry import retry_waiting
from payments.models import BusDeadLetter, BusMessage, BusReceipt, OperatorItem, OrderIntent
from payments.services.pay import pay
from providers.types import Outcome
from tests import factories, scripted
from tests.e2e.waiting import until
from tests.payments.orders.doing import NOW, settle
from tests.scripted import payment

from .broker import Broker, unpublished

pytestmark = pytest.mark.django_db(transaction=True)
CART, CUSTOMER, ORDER = (str(uuid.uuid4()) for _ in range(3))
AUTHORIZE = {
    "cartId": CART,
    "customerId": CUSTOMER,
    "orderId": ORDER,
    "amount": 1299,
    "currency": "EUR",
    "provider": "scripted",
    "paymentMethod": "credit-cards",
    "providerData": {"token": "tok_visa"},
}
CREATED = {
    "orderId": ORDER,
    "customerId": CUSTOMER,
    "total": 1299,
    "currency": "EUR",
    "status": "created",
    "items": [],
    "createdAt": NOW,
}
CANCELLED = {"orderId": ORDER, "reason": "CUSTOMER_REQUESTED", "cancelledAt": NOW}


def event(type: str, data: object, project, **over) -> dict:
    named = {"hubproject": f"prj_{project.id.hex}", "hubmode": "test"}
    return (
        {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/orders", "type": type, "data": data} | named | over
    )


def consume(bus: Broker) -> int:
    return Consumer().drain_once(bus.bus)


def publish(bus: Broker) -> None:
    while publish_due(bus.bus):
        pass


def test_an_order_is_authorised_captured_and_told_by_messages_alone(bus, project, account, script):
    script.pay = [payment(Outcome.AUTHORIZED)]
    script.capture = [scripted.capture(Outcome.SUCCEEDED, 1299)]

    bus.send(event("authorize-payment", AUTHORIZE, project))
    assert consume(bus) == 1
    intent = OrderIntent.objects.get()
    settle(intent)
    bus.send(event("order-created", CREATED, project))
    consume(bus)
    settle(intent)
    publish(bus)

    assert (intent.status, intent.payment.captured) == ("SUCCEEDED", 1299)
    events = bus.events()
    assert [each["type"] for each in events] == ["payment-requested", "payment-succeeded"]
    assert [each["sequence"] for each in events] == ["0000000001", "0000000002"]
    first = events[0]
    assert (first["specversion"], first["subject"], first["partitionkey"]) == ("1.0", str(intent.id), str(intent.id))
    assert first["source"] == f"/projects/{project.id}/test"
    assert (first["hubproject"], first["hubmode"]) == (f"prj_{project.id.hex}", "test")
    assert first["id"] == str(BusMessage.objects.get(number=1).id)
    assert [schemas.problem(each["type"], each["data"]) for each in events] == ["", ""]
    assert unpublished() == 0
    # What the provider needs is in no table.
    assert "tok_visa" not in json.dumps([*BusReceipt.objects.values_list("data", flat=True)])


def test_the_same_message_twice_does_nothing_twice(bus, project, account, script):
    message = event("authorize-payment", AUTHORIZE, project)
    for _ in range(3):
        bus.send(message)

    assert consume(bus) == 3
    assert (OrderIntent.objects.count(), BusReceipt.objects.count(), BusDeadLetter.objects.count()) == (1, 1, 0)


def test_a_bare_body_is_read_with_what_stands_beside_it(bus, project, account, script, settings):
    settings.EVENT_BUS_PROJECT, settings.EVENT_BUS_MODE = f"prj_{project.id.hex}", "test"

    bus.send(AUTHORIZE, type="authorize-payment", id="m-1")
    bus.send(CANCELLED, type="com.acme.orders.order-cancelled")
    consume(bus)

    intent = OrderIntent.objects.get()
    assert (intent.cancel_reason, BusDeadLetter.objects.count()) == ("CUSTOMER_REQUESTED", 0)
    assert BusReceipt.objects.get(type="authorize-payment").message_id == "m-1"


def test_news_that_overtook_its_order_waits_for_it(bus, project, account, script):
    bus.send(event("order-cancelled", CANCELLED, project))
    consume(bus)
    assert BusReceipt.objects.get().state == "waiting"

    bus.send(event("authorize-payment", AUTHORIZE, project))
    consume(bus)
    assert retry_waiting() == 1

    intent = OrderIntent.objects.get()
    settle(intent)
    assert (intent.status, script.asked, BusReceipt.objects.filter(state="done").count()) == ("FAILED", [], 2)


def test_news_of_an_order_that_never_comes_is_put_before_a_person(redis_bus, project, account, script):
    redis_bus.send(event("order-cancelled", CANCELLED, project))
    consume(redis_bus)

    for _ in range(10):
        with clock.advanced(4000):
            assert retry_waiting() == 0
        BusReceipt.objects.update(next_try_at=clock.now())

    assert OperatorItem.objects.get().kind == "unmatched"


def test_an_order_is_found_by_the_payment_that_it_names(bus, project, account, script):
    bus.send(event("authorize-payment", {**AUTHORIZE, "amount": 1300} | {"providerData": {}}, project))
    consume(bus)
    intent = OrderIntent.objects.get()
    other = str(uuid.uuid4())

    bus.send(
        event(
            "order-created",
            {**CREATED, "orderId": other, "paymentAuthorizationId": str(intent.id), "total": 1300},
            project,
        )
    )
    bus.send(event("order-cancelled", {**CANCELLED, "orderId": other}, project))
    consume(bus)

    intent.refresh_from_db()
    assert (str(intent.linked_order_id), intent.cancelled_at is None) == (other, False)


def test_another_project_or_mode_has_no_such_order(bus, project, account, script):
    stranger = factories.make_project()
    bus.send(event("authorize-payment", AUTHORIZE, project))
    bus.send(event("order-cancelled", CANCELLED, stranger))
    bus.send(event("order-cancelled", CANCELLED, project, hubmode="live"))
    consume(bus)

    assert OrderIntent.objects.get().cancelled_at is None
    assert BusReceipt.objects.filter(state="waiting").count() == 2


def test_each_payments_events_are_in_order_with_four_publishers_at_once(bus, project, account, script):
    script.pay = [payment(Outcome.SUCCEEDED, id="")]
    script.refund = [scripted.refund(Outcome.SUCCEEDED, 1, id="")]
    rows = [pay(factories.pay_command(project)).payment for _ in range(5)]
    for row in rows:
        for number in range(3, 11):
            BusMessage.objects.create(
                project=project,
                mode="test",
                subject=row.id,
                number=number,
                once_key=str(number),
                type="payment-requested",
                data={},
                next_try_at=clock.now(),
            )
    publishers = [Publisher() for _ in range(4)]
    threads = [threading.Thread(target=each.run) for each in publishers]
    for thread in threads:
        thread.start()
    until(lambda: unpublished() == 0, "not everything was published", seconds=30)
    for each in publishers:
        each.stop.set()
    for thread in threads:
        thread.join(20)

    events = bus.events()
    assert len(events) == len({each["id"] for each in events}) == 50
    for row in rows:
        numbers = [int(each["sequence"]) for each in events if each["subject"] == str(row.id)]
        assert numbers == list(range(1, 11))


def test_one_that_cannot_be_sent_holds_its_own_payment_back_and_no_other(bus, project, account, script, monkeypatch):
    script.pay = [payment(Outcome.SUCCEEDED, id="")]
    stuck, other = (pay(factories.pay_command(project)).payment for _ in range(2))
    BusMessage.objects.filter(subject=stuck.id, number=1).update(next_try_at=clock.now() + timedelta(hours=1))

    publish(bus)

    assert [(each["subject"], each["type"]) for each in bus.events()] == [
        (str(other.id), "payment-requested"),
        (str(other.id), "payment-succeeded"),
    ]
    assert unpublished() == 2


def test_a_publisher_that_dies_between_sending_and_marking_sends_the_same_id_again(
    bus, project, account, script, monkeypatch
):
    script.pay = [payment(Outcome.SUCCEEDED, id="")]
    pay(factories.pay_command(project))
    with monkeypatch.context() as patch:
        patch.setattr(publisher_module, "_mark", _die)
        patch.setattr(publisher_module, "_give_back", lambda rows: None)
        with pytest.raises(_Died):
            publish_due(bus.bus)
    assert publish_due(bus.bus) == 0, "its claim is not over yet"

    with clock.advanced(61):
        publish(bus)

    events = bus.events()
    assert [each["type"] for each in events] == ["payment-requested", "payment-requested", "payment-succeeded"]
    assert events[0] == events[1]


class _Died(Exception):
    pass


def _die(*_):
    raise _Died


def test_a_bus_that_is_away_loses_nothing(project, account, script, settings):
    settings.EVENT_BUS_ENABLED, settings.EVENT_BUS_URL = True, "redis://127.0.0.1:1/0"
    script.pay = [payment(Outcome.SUCCEEDED, id="")]
    pay(factories.pay_command(project))
    publisher = Publisher()
    thread = threading.Thread(target=publisher.run)
    thread.start()
    until(lambda: publisher._pause > 0, "the trouble was not met")
    publisher.stop.set()
    thread.join(10)

    assert not thread.is_alive()
    assert unpublished() == 2


def test_the_consumer_says_what_to_do_where_the_bus_is_off(settings):
    settings.EVENT_BUS_ENABLED = False
    with pytest.raises(CommandError, match="EVENT_BUS_ENABLED=true"):
        call_command("bus_consumer")
