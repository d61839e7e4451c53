"""Every fault that the sandbox PSP can play: in the end the hub says what the PSP's ledger says, to the cent."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from providers.simulators.sandbox.magic import FAULTS

from .database import Database
from .psp import Customer, Psp
from .shop import Receiver, Shop, new_order
from .waiting import until

BASE = 12300


@dataclass(frozen=True)
class Row:
    """What may be answered at once, and how it ends; "" where only a customer or the PSP's recovery can end it."""

    results: tuple[str, ...]
    ends: str


PAID, LATER, REFUSED = Row(("OK",), "ACCEPTED"), Row(("PENDING",), "ACCEPTED"), Row(("KO",), "FAILED")
# Without a usable answer it is PENDING, unless the webhook tells before the hub has given up waiting.
TOLD_BY_WEBHOOK = Row(("PENDING", "OK"), "ACCEPTED")
TABLE = {
    "decline_insufficient_funds": REFUSED,
    "decline_expired_card": REFUSED,
    "decline_do_not_honor": REFUSED,
    "decline_stolen_card": REFUSED,
    "decline_processing_error": REFUSED,
    "three_d_secure": Row(("REDIRECT_TO_URL",), ""),
    "pending_then_paid": LATER,
    "pending_then_declined": Row(("PENDING",), "FAILED"),
    "delay": PAID,
    "no_answer_after_charge": TOLD_BY_WEBHOOK,
    "error_before_charge": Row(("PENDING",), ""),
    "error_after_charge": TOLD_BY_WEBHOOK,
    "close_after_charge": TOLD_BY_WEBHOOK,
    "garbage_after_charge": TOLD_BY_WEBHOOK,
    "unknown_status": TOLD_BY_WEBHOOK,
    "webhook_early": PAID,
    "webhook_duplicate": PAID,
    "webhook_out_of_order": PAID,
    "webhook_forged": PAID,
    "webhook_wrong_amount": PAID,
    "webhook_never": PAID,
    "refund_pending": PAID,
    "refund_fails": PAID,
    "refund_reversed": PAID,
}
AMOUNTS = {fault.name: BASE + fault.ending for fault in FAULTS}
Paid = Mapping[str, tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def paid(shop: Shop) -> Paid:
    """One payment for every row, all at the same time: the order's id and the hub's answer."""
    orders = {name: new_order() for name in TABLE}
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda name: shop.pay(AMOUNTS[name], orders[name]), orders)
        return {name: (orders[name], answer) for name, answer in zip(orders, answers, strict=True)}


def test_the_table_names_every_fault_there_is() -> None:
    assert set(TABLE) == set(AMOUNTS)


@pytest.mark.parametrize("fault", TABLE)
def test_the_hub_ends_where_the_ledger_stands(
    fault: str, paid: Paid, shop: Shop, psp: Psp, receiver: Receiver, database: Database
) -> None:
    order, answer = paid[fault]
    row, amount = TABLE[fault], AMOUNTS[fault]
    assert answer["result"] in row.results
    hub_id = answer["metadata"]["hubPaymentId"]

    if row.ends:
        receiver.wait(order, "payment.captured" if row.ends == "ACCEPTED" else "payment.failed", seconds=30)

    status = shop.status(hub_id)
    taken = [amount] if row.ends == "ACCEPTED" else []
    assert (status["status"], psp.charges(order)) == (row.ends or "PENDING", taken)
    assert (status["metadata"]["amount"], status["metadata"]["capturedAmount"]) == (amount, sum(taken))
    assert database.told(order) == {"ACCEPTED": ["payment.captured"], "FAILED": ["payment.failed"], "": []}[row.ends]
    if taken:
        again = shop.pay(amount, order)
        assert (again["result"], again["metadata"]["hubPaymentId"]) == ("OK", hub_id)
        assert psp.charges(order) == taken


@pytest.mark.full
def test_an_answer_that_cannot_be_used_is_pending_and_then_found_by_asking(
    shop: Shop, psp: Psp, receiver: Receiver, database: Database
) -> None:
    orders = {name: new_order() for name, row in TABLE.items() if row is TOLD_BY_WEBHOOK}
    for order in orders.values():
        psp.fault("webhook", "webhook_never", order)

    with ThreadPoolExecutor(len(orders)) as pool:
        answers = list(pool.map(lambda name: shop.pay(AMOUNTS[name], orders[name]), orders))

    assert [answer["result"] for answer in answers] == ["PENDING"] * len(orders)
    for name, order in orders.items():
        receiver.wait(order, "payment.captured", seconds=30)
        assert psp.charges(order) == [AMOUNTS[name]]
        assert database.told(order) == ["payment.captured"]
        assert database.notifications(order) == []


def test_the_same_webhook_twice_is_kept_once(paid: Paid, psp: Psp, database: Database) -> None:
    order, answer = paid["webhook_duplicate"]

    psp.wait_delivered(answer["paymentId"], 2)

    assert len(database.notifications(order)) == 1


def test_a_forged_webhook_is_refused_and_the_genuine_one_taken(paid: Paid, psp: Psp, database: Database) -> None:
    order, answer = paid["webhook_forged"]

    psp.wait_delivered(answer["paymentId"])

    forged, genuine = psp.webhooks(answer["paymentId"])
    assert [attempt["status"] for attempt in forged["attempts"]] == [400]
    assert [attempt["status"] for attempt in genuine["attempts"]] == [200]
    assert len(database.notifications(order)) == 1


def test_a_webhook_with_a_wrong_amount_after_the_answer_changes_nothing_and_calls_a_person(
    paid: Paid, shop: Shop, psp: Psp, database: Database
) -> None:
    order, answer = paid["webhook_wrong_amount"]

    psp.wait_delivered(answer["paymentId"], 2)

    until(lambda: database.items(order), "nobody was asked to look")
    assert database.items(order) == ["amount_mismatch"]
    assert shop.status(answer["paymentId"])["metadata"]["capturedAmount"] == AMOUNTS["webhook_wrong_amount"]


def test_a_webhook_with_a_wrong_amount_holds_the_payment_until_the_right_one_comes(
    shop: Shop, psp: Psp, receiver: Receiver, customer: Customer, database: Database
) -> None:
    # given a PSP that cannot be asked, so that only its webhooks speak
    order = new_order()
    psp.fault("fetch", "error_before_charge", order, times=None)
    psp.fault("webhook", "webhook_wrong_amount", order)
    answer = shop.pay(1299, order, token=None)
    payment_id = answer["paymentId"]

    # when the customer pays, and the first webhook says one cent more
    customer.pay(answer["redirectToUrl"])
    psp.wait_delivered(payment_id)
    psp.pause_webhooks()
    assert [hook["state"] for hook in psp.webhooks(payment_id)] == ["delivered", "pending"], "the pause came too late"
    until(lambda: database.notifications(order) == ["done"], "the notification is not worked on")

    # then nothing is taken for paid, and a person is asked
    assert shop.status(payment_id)["status"] == "PENDING"
    assert database.payments(order)[0][1] == 0
    assert database.items(order) == ["amount_mismatch"]
    assert database.told(order) == []

    # and the right one ends it
    psp.resume_webhooks()
    receiver.wait(order, "payment.captured")
    assert shop.status(payment_id)["metadata"]["capturedAmount"] == 1299
    assert psp.charges(order) == [1299]


def test_a_psp_that_took_another_amount_than_asked_is_held_for_a_person(
    shop: Shop, psp: Psp, database: Database
) -> None:
    order = new_order()
    payment_id = shop.pay(1299, order, token=None)["paymentId"]

    psp.act(payment_id, "pay", amount=1399)
    until(lambda: database.notifications(order) == ["done"], "the notification is not worked on")

    assert shop.status(payment_id)["status"] == "PENDING"
    assert database.items(order) == ["amount_mismatch"]
    assert database.told(order) == []
    assert psp.charges(order) == [1399]


def test_a_psp_that_refuses_connections_is_unavailable_and_the_same_request_succeeds_later(
    shop: Shop, psp: Psp, receiver: Receiver, database: Database
) -> None:
    order = new_order()
    psp.open_port(False)

    refused = [shop.ask_to_pay(shop.body(1299, order)) for _ in range(2)]

    assert [answer.status_code for answer in refused] == [503, 503]
    assert all(answer.json()["retryable"] is True for answer in refused)
    assert database.told(order) == []
    psp.open_port(True)
    assert psp.charges(order) == []
    assert shop.pay(1299, order)["result"] == "OK"
    receiver.wait(order, "payment.captured")
    assert psp.charges(order) == [1299]
    assert len(database.payments(order)) == 1


def test_a_psp_that_failed_before_charging_is_asked_and_then_sent_the_same_key_again(
    shop: Shop, psp: Psp, receiver: Receiver, database: Database
) -> None:
    order = new_order()
    psp.fault("pay", "error_before_charge", order)

    assert shop.pay(1299, order)["result"] == "PENDING"
    assert database.payments(order)[0][1] == 0

    receiver.wait(order, "payment.captured")
    assert psp.charges(order) == [1299]
    assert len(psp.payments(order)) == 1


@pytest.mark.full
@pytest.mark.parametrize("silence", ["error_before_charge", "no_answer_after_charge", "garbage_after_charge"])
def test_a_psp_that_answers_neither_payments_nor_questions_leaves_it_pending_until_it_does(
    silence: str, shop: Shop, psp: Psp, receiver: Receiver, database: Database
) -> None:
    order = new_order()
    psp.fault("pay", "no_answer_after_charge", order, ms=500)
    psp.fault("webhook", "webhook_never", order)
    psp.fault("fetch", silence, order, times=2, ms=500)

    answer = shop.pay(1299, order)

    assert answer["result"] == "PENDING"
    for _ in range(2):
        assert shop.status(answer["paymentId"])["status"] == "PENDING"
    assert database.told(order) == []
    receiver.wait(order, "payment.captured", seconds=40)
    assert psp.charges(order) == [1299]
