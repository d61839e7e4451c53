"""The main job on real processes: from an order system's request to its signed callback."""

import base64
import hashlib
import hmac
import re
import time

import httpx
import pytest

from paymenthub.stack.mail_catcher.box import Box, Caught

from .database import Database
from .psp import Customer, Psp
from .shop import Receiver, Shop, new_order
from .stack import Stack
from .waiting import until

SHOP = "http://shop.invalid"
RELAY_LOOKS_AFTER = 5.0  # seconds in which the nudge of the web process must have worked


@pytest.fixture
def order() -> str:
    return new_order()


def redirects() -> dict[str, str]:
    return {"successRedirectUrl": f"{SHOP}/thanks?cart=7", "failureRedirectUrl": f"{SHOP}/sorry"}


def test_the_demo_tells_the_whole_story(stack: Stack) -> None:
    told = stack.manage("demo")

    assert "signature verified" in told
    assert '"status": "ACCEPTED"' in told
    assert "TEST-INV" in told
    assert told.rstrip().endswith("That is all: the money is taken, and the shop knows it.")
    number = re.search(r"TEST-INV\d{4}-\d{5}", told)
    assert number is not None
    box = Box(stack.layout.var_dir / "mails")
    mail = until(lambda: _mail_with(box, f"{number[0]}.pdf"), "no mail brings the invoice")
    assert mail.recipients == ("ada@shop.example",)
    assert mail.subject == "Payment received: €12.50 to demo-shop"
    assert mail.attachments()[0].get_content().startswith(b"%PDF-1.7")


def _mail_with(box: Box, file: str) -> Caught | None:
    caught = filter(None, map(box.get, box.names()))
    return next((mail for mail in caught if [part.get_filename() for part in mail.attachments()] == [file]), None)


def test_a_token_is_charged_once_and_status_check_and_callbacks_agree(
    shop: Shop, psp: Psp, receiver: Receiver, order: str
) -> None:
    answer = shop.pay(1299, order)

    assert answer["result"] == "OK"
    status = shop.status(answer["paymentId"])
    assert (status["status"], status["shopTransactionId"], status["action"]) == ("ACCEPTED", order, "PAYMENT")
    assert (status["metadata"]["amount"], status["metadata"]["capturedAmount"]) == (1299, 1299)
    assert shop.status(answer["metadata"]["hubPaymentId"]) == status
    assert psp.charges(order) == [1299]

    captured = receiver.wait(order, "payment.captured")
    assert {name: captured[name] for name in status} == status

    assert shop.check(answer["paymentId"]) == status
    receiver.wait(order, "payment.checked")
    assert shop.check(answer["paymentId"]) == status
    receiver.wait(order, "payment.checked", times=2)
    events = receiver.events(order)
    assert [event["eventType"] for event in events] == ["payment.captured", "payment.checked", "payment.checked"]
    assert [event["sequence"] for event in events] == [1, 2, 3]


def test_the_same_request_again_is_the_same_payment_and_another_amount_is_refused(
    shop: Shop, psp: Psp, order: str
) -> None:
    first = shop.ask_to_pay(shop.body(1299, order))
    again = shop.ask_to_pay(shop.body(1299, order))
    other = shop.ask_to_pay(shop.body(1300, order))

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "duplicate_transaction")
    assert psp.charges(order) == [1299]


def test_a_decline_is_ko_with_no_charge_and_a_callback(shop: Shop, psp: Psp, receiver: Receiver, order: str) -> None:
    answer = shop.pay(1261, order)

    assert (answer["result"], answer["resultDescription"]) == ("KO", "Declined: insufficient funds.")
    assert shop.status(answer["paymentId"])["status"] == "FAILED"
    failed = receiver.wait(order, "payment.failed")
    assert (failed["status"], failed["sequence"]) == ("FAILED", 1)
    assert psp.charges(order) == []


def signed_return(stack: Stack, told: dict[str, str]) -> str:
    """Sign a return as docs/checkout.md tells a shop to."""
    key = base64.b64decode(stack.demo["webhookSecret"].removeprefix("whsec_"))
    lines = ["return", *(told[name] for name in ("paymentId", "shopTransactionId", "status", "timestamp"))]
    return hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def test_a_customer_pays_on_the_page_and_comes_back_to_the_shop(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, customer: Customer, order: str
) -> None:
    answer = shop.pay(1299, order, token=None, **redirects())
    assert answer["result"] == "REDIRECT_TO_URL"
    assert shop.status(answer["paymentId"])["status"] == "PENDING"

    back = customer.come_back(customer.pay(answer["redirectToUrl"]))

    told = dict(httpx.URL(back.headers["Location"]).params)
    assert (back.status_code, back.headers["Location"].partition("?")[0]) == (303, f"{SHOP}/thanks")
    assert signed_return(stack, told) == told.pop("signature")
    assert abs(time.time() - int(told.pop("timestamp"))) < 60
    assert told == {"cart": "7", "paymentId": answer["paymentId"], "shopTransactionId": order, "status": "ACCEPTED"}
    assert receiver.wait(order, "payment.captured")["sequence"] == 1
    assert psp.charges(order) == [1299]


def test_a_customer_who_cancels_on_the_page_comes_back_to_the_failure_page(
    shop: Shop, psp: Psp, receiver: Receiver, customer: Customer, order: str
) -> None:
    answer = shop.pay(1299, order, token=None, **redirects())

    back = customer.come_back(customer.press(answer["redirectToUrl"], "cancel").headers["Location"])

    assert back.headers["Location"].startswith(f"{SHOP}/sorry?")
    receiver.wait(order, "payment.failed")
    assert shop.status(answer["paymentId"])["status"] == "FAILED"
    assert psp.charges(order) == []


def test_a_step_at_the_customers_bank_is_part_of_paying(
    shop: Shop, psp: Psp, receiver: Receiver, customer: Customer, order: str
) -> None:
    answer = shop.pay(1266, order)
    assert answer["result"] == "REDIRECT_TO_URL"
    page = answer["redirectToUrl"]
    assert psp.charges(order) == []

    confirmed = customer.press(f"{page}/confirm", "confirm")
    customer.come_back(confirmed.headers["Location"])

    receiver.wait(order, "payment.captured")
    assert shop.status(answer["paymentId"])["status"] == "ACCEPTED"
    assert psp.charges(order) == [1266]


def test_a_payment_that_settles_later_is_pending_until_the_webhook_comes(
    stack: Stack, shop: Shop, psp: Psp, receiver: Receiver, customer: Customer, database: Database, order: str
) -> None:
    answer = shop.pay(1299, order, token=None, **redirects())

    back = customer.come_back(customer.pay(answer["redirectToUrl"], "later"))

    assert back.headers["Location"].startswith(f"{stack.base_url}/payment/t/"), "the shop's page would say too much"
    assert "Your payment is being checked" in customer.open(back.headers["Location"])
    assert shop.status(answer["paymentId"])["status"] == "PENDING"
    assert psp.charges(order) == []
    receiver.wait(order, "payment.captured")
    psp.wait_delivered(answer["paymentId"])
    assert shop.status(answer["paymentId"])["status"] == "ACCEPTED"
    assert psp.charges(order) == [1299]
    assert database.told(order) == ["payment.captured"]


def test_a_webhook_wakes_a_worker_before_the_relay_looks_after_it(
    shop: Shop, psp: Psp, customer: Customer, database: Database, order: str
) -> None:
    answer = shop.pay(1299, order, token=None)

    customer.pay(answer["redirectToUrl"])
    until(lambda: database.notifications(order) == ["done"], "the notification is not worked on")

    assert database.seconds_to_work_on(order) < RELAY_LOOKS_AFTER
    assert psp.charges(order) == [1299]


def test_a_part_is_captured_and_the_rest_set_free(shop: Shop, psp: Psp) -> None:
    order = new_order()
    held = shop.post("/sandbox/credit-cards/authorize", shop.body(1299, order))
    payment_id = held["paymentId"]

    captured = shop.post("/sandbox/capture", {"paymentId": payment_id, "amount": 1000, "final": False})
    released = shop.post("/sandbox/cancel", {"paymentId": payment_id})

    assert [answer["result"] for answer in (held, captured, released)] == ["OK", "OK", "OK"]
    assert [(kind, amount) for kind, amount in psp.moves(order)] == [
        ("authorize", 1299),
        ("capture", 1000),
        ("release", 299),
    ]
