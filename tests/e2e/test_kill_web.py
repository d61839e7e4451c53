"""`kill -9` of the web process at the worst moments: the payment ends ACCEPTED with one charge and one event."""

import time

import pytest

from .database import Database
from .psp import Customer, Psp
from .shop import HungUp, Receiver, Shop, new_order
from .stack import Stack
from .waiting import until


@pytest.fixture
def order() -> str:
    return new_order()


def assert_paid_once(order: str, shop: Shop, psp: Psp, receiver: Receiver, database: Database) -> None:
    """The order system repeats its request, as it must after a broken connection, and finds the payment paid."""
    receiver.wait(order, "payment.captured", seconds=30)
    again = shop.ask_to_pay(shop.body(1299, order))
    assert (again.json()["result"], again.headers.get("Idempotency-Replayed")) == ("OK", "true")
    status = shop.status(again.json()["metadata"]["hubPaymentId"])
    assert (status["status"], status["metadata"]["capturedAmount"]) == ("ACCEPTED", 1299)
    assert psp.charges(order) == [1299]
    assert len(psp.payments(order)) == 1
    assert database.payments(order) == [("PAYMENT_EXECUTED", 1299)]
    assert database.told(order) == ["payment.captured"]
    assert database.attempt_states(order) == ["SUCCEEDED"]
    assert receiver.types(order) == ["payment.captured"]


@pytest.mark.parametrize("hook", [pytest.param("a webhook that may be lost", marks=pytest.mark.full), "no webhook"])
def test_after_the_psp_has_charged_and_before_it_has_answered(
    hook: str, stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, order: str
) -> None:
    psp.fault("pay", "delay", order, ms=2000)
    if hook == "no webhook":
        psp.fault("webhook", "webhook_never", order)

    request = HungUp(shop, shop.body(1299, order))
    psp.wait_for_charge(order)
    stack.kill("web")
    request.wait()
    stack.restore()

    assert request.answer is None
    assert_paid_once(order, shop, psp, receiver, database)


def test_after_the_answer_came_and_while_it_is_being_written_down(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, order: str
) -> None:
    psp.fault("pay", "delay", order, ms=2000)
    psp.fault("webhook", "webhook_never", order)

    request = HungUp(shop, shop.body(1299, order))
    psp.wait_for_charge(order)
    with database.commits_held_back():
        database.wait_for_held_payment()
        stack.kill("web")
    request.wait()
    stack.restore()

    assert request.answer is None
    assert_paid_once(order, shop, psp, receiver, database)


@pytest.mark.parametrize("fate", ["is read later", "is lost"])
def test_while_the_request_is_on_its_way_to_the_psp(
    fate: str, stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, order: str
) -> None:
    shop.pay(1299, new_order())  # a connection stands open from now on
    stack.pause("psp")

    request = HungUp(shop, shop.body(1299, order))
    until(psp.has_unread_requests, "nothing was sent to the PSP")
    database.wait_for_attempt(order, "OPEN")
    stack.kill("web")
    request.wait()
    if fate == "is lost":
        stack.kill("psp")
    stack.restore()

    assert request.answer is None
    assert_paid_once(order, shop, psp, receiver, database)


def kill_before_anything_is_sent(
    stack: Stack, shop: Shop, psp: Psp, database: Database, body: dict[str, object]
) -> None:
    order = str(body["shopTransactionId"])
    # A refused request first: that its key is in use is noted once a minute, and that commit would be the one held back.
    database.wait_until_no_use_of_a_key_is_noted()
    assert shop.ask_to_pay(body | {"amount": -1}).status_code == 400
    with database.commits_held_back():
        request = HungUp(shop, body)
        database.wait_for_held_payment()
        stack.kill("web")
    request.wait()
    assert request.answer is None
    # The commit is seen once PostgreSQL has let it go, which it does a moment after its configuration says so.
    until(lambda: database.attempt_states(order) == ["OPEN"], "the first transaction is not durable")
    assert psp.payments(order) == [], "and nothing was sent"
    stack.restore()


def repeat_until(shop: Shop, body: dict[str, object], result: str) -> dict[str, object]:
    """Send the same request every second, as an order system does, until it is answered so."""
    deadline = time.monotonic() + 40
    while (answer := shop.ask_to_pay(body).json()).get("result") != result:
        assert time.monotonic() < deadline, f"{result} expected, the last answer is {answer}"
        time.sleep(1)
    return dict(answer)


def test_between_the_first_transaction_and_the_call_with_a_page(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, customer: Customer, order: str
) -> None:
    body = shop.body(1299, order, token=None)

    kill_before_anything_is_sent(stack, shop, psp, database, body)
    page = repeat_until(shop, body, "REDIRECT_TO_URL")["redirectToUrl"]
    customer.come_back(customer.pay(str(page)))

    assert_paid_once(order, shop, psp, receiver, database)


def test_between_the_first_transaction_and_the_call_with_a_token(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database, order: str
) -> None:
    body = shop.body(1299, order)

    kill_before_anything_is_sent(stack, shop, psp, database, body)
    repeat_until(shop, body, "OK")

    assert_paid_once(order, shop, psp, receiver, database)
