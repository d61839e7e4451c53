"""`kill -9` of worker, relay and beat in the middle of their work: nothing is lost, nothing is told twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from .database import Database
from .psp import Customer, Psp
from .shop import Receiver, Shop, new_order
from .stack import Stack
from .waiting import until


@pytest.fixture
def order() -> str:
    return new_order()


def assert_paid_once(order: str, payment_id: str, shop: Shop, psp: Psp, receiver: Receiver, database: Database) -> None:
    receiver.wait(order, "payment.captured", seconds=40)
    status = shop.status(payment_id)
    assert (status["status"], status["metadata"]["capturedAmount"]) == ("ACCEPTED", 1299)
    assert psp.charges(order) == [1299]
    assert database.told(order) == ["payment.captured"]
    assert receiver.types(order) == ["payment.captured"]


def kill_worker_in_a_webhook(
    stack: Stack, psp: Psp, database: Database, customer: Customer, order: str, page: str
) -> None:
    with database.locked_payment(order):
        customer.pay(page)
        psp.wait_for_charge(order)
        until(database.waiting_for_a_lock, "no worker works on the webhook")
        stack.kill("worker")
    assert database.payments(order)[0][1] == 0, "the webhook was not applied"
    assert database.notifications(order) == ["new"]


def test_the_worker_while_it_works_on_a_webhook(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, customer: Customer, order: str
) -> None:
    answer = shop.pay(1299, order, token=None)

    kill_worker_in_a_webhook(stack, psp, database, customer, order, answer["redirectToUrl"])
    stack.restore()

    assert_paid_once(order, answer["paymentId"], shop, psp, receiver, database)


@pytest.mark.full
@pytest.mark.timeout(300)
def test_a_webhook_whose_worker_died_is_worked_on_again_where_nothing_else_tells(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, customer: Customer, order: str
) -> None:
    psp.fault("fetch", "error_before_charge", order, times=None)
    answer = shop.pay(1299, order, token=None)

    kill_worker_in_a_webhook(stack, psp, database, customer, order, answer["redirectToUrl"])
    stack.restore()

    receiver.wait(order, "payment.captured", seconds=200)
    assert database.notifications(order) == ["done"]
    assert_paid_once(order, answer["paymentId"], shop, psp, receiver, database)


def test_the_worker_while_it_asks_the_psp(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, order: str
) -> None:
    before = psp.taken("fetch", "delay")
    psp.fault("pay", "close_after_charge", order)
    psp.fault("webhook", "webhook_never", order)
    psp.fault("fetch", "delay", order, ms=2000)

    answer = shop.pay(1299, order)
    assert answer["result"] == "PENDING"
    until(lambda: psp.taken("fetch", "delay") > before, "no worker asks")
    stack.kill("worker")
    assert database.payments(order)[0][1] == 0, "the answer was not applied"
    stack.restore()

    assert_paid_once(order, answer["paymentId"], shop, psp, receiver, database)


@pytest.mark.full
def test_the_worker_while_it_writes_down_what_the_psp_told_it(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, order: str
) -> None:
    psp.fault("pay", "close_after_charge", order)
    psp.fault("webhook", "webhook_never", order)

    answer = shop.pay(1299, order)
    with database.locked_payment(order):
        until(database.waiting_for_a_lock, "no worker has an answer to write down")
        stack.kill("worker")
    assert database.payments(order)[0][1] == 0, "the answer was not applied"
    stack.restore()

    assert_paid_once(order, answer["paymentId"], shop, psp, receiver, database)


def test_relay_and_beat_in_the_middle_of_many_payments(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database
) -> None:
    orders = [new_order() for _ in range(12)]

    def buy(order: str) -> None:
        payment_id = shop.pay(1299, order)["paymentId"]
        for _ in range(3):
            shop.check(payment_id)

    with ThreadPoolExecutor(3) as pool:
        bought = [pool.submit(buy, order) for order in orders]
        until(lambda: any(receiver.events(order) for order in orders), "no callback came")
        stack.kill("relay", "beat")
        for future in bought:
            future.result()
    unpublished = sum(len(database.told(order)) - len(receiver.events(order)) for order in orders)
    assert unpublished > 0, "the relay was killed too late"
    stack.restore()

    for order in orders:
        # What the relay had taken and not handed out when it was killed comes due again after a minute, and late.
        receiver.wait(order, "payment.captured", seconds=100)
        receiver.wait(order, "payment.checked", times=3, seconds=100)
        events = sorted(receiver.events(order), key=lambda event: int(event["sequence"]))
        assert [event["sequence"] for event in events] == [1, 2, 3, 4]
        assert [event["eventType"] for event in events] == ["payment.captured", *["payment.checked"] * 3]
        assert psp.charges(order) == [1299]


@pytest.mark.full
def test_beat_is_started_again_and_finds_what_waits(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, order: str
) -> None:
    stack.kill("beat")
    psp.fault("pay", "close_after_charge", order)
    psp.fault("webhook", "webhook_never", order)

    answer = shop.pay(1299, order)
    assert answer["result"] == "PENDING"
    stack.restore()

    assert_paid_once(order, answer["paymentId"], shop, psp, receiver, database)
