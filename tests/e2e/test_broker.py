"""The broker goes away: payments go on, and what it should have carried is delivered when it is back."""

import time

import pytest

from .database import Database
from .psp import Customer, Psp
from .shop import Receiver, Shop, new_order
from .stack import Stack
from .waiting import until


def test_payments_go_on_without_a_broker_and_everything_is_delivered_afterwards(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, customer: Customer, database: Database
) -> None:
    by_token, by_page, in_doubt = new_order(), new_order(), new_order()
    stack.kill_valkey()

    # when people pay meanwhile
    assert shop.pay(1299, by_token)["result"] == "OK"
    page = shop.pay(1299, by_page, token=None)
    customer.pay(page["redirectToUrl"])
    psp.wait_delivered(page["paymentId"])
    psp.fault("pay", "close_after_charge", in_doubt)
    psp.fault("webhook", "webhook_never", in_doubt)
    doubt = shop.pay(1299, in_doubt)

    # then the facts are kept, and nobody could be woken
    assert doubt["result"] == "PENDING"
    assert database.notifications(by_page) == ["new"]
    assert [receiver.events(order) for order in (by_token, by_page, in_doubt)] == [[], [], []]
    assert shop.http.get("/-/ready").status_code == 200
    assert shop.http.get("/-/check-up").status_code == 503

    # and with the broker back everything goes where it belongs
    stack.restore()
    for order in (by_token, by_page, in_doubt):
        assert receiver.wait(order, "payment.captured", seconds=40)["sequence"] == 1
        assert psp.charges(order) == [1299]
        assert database.told(order) == ["payment.captured"]
    until(lambda: database.notifications(by_page) == ["done"], "the webhook is not worked on", seconds=40)
    assert shop.http.get("/-/check-up").status_code == 200


@pytest.mark.full
def test_a_broker_that_answers_nothing_holds_no_payment_up(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, database: Database
) -> None:
    order = new_order()
    shop.pay(1299, new_order())
    stack.pause_valkey()

    began = time.monotonic()
    answer = shop.pay(1299, order)
    elapsed = time.monotonic() - began
    stack.resume_valkey()

    assert (answer["result"], psp.charges(order)) == ("OK", [1299])
    assert elapsed < 5, f"the payment took {elapsed:.1f} s"
    receiver.wait(order, "payment.captured", seconds=40)
    assert database.told(order) == ["payment.captured"]
