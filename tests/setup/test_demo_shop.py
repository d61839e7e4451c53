"""The demo shop by itself: what it believes, what it asks the hub for, and whom it lets in."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from paymenthub.stack.shop.app import make_app
from paymenthub.stack.shop.hub import Access, HubSaidNo
from paymenthub.stack.shop.store import Store

URL = "http://127.0.0.1:9999"
KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class FakeHub:
    """The hub's end of the calls."""

    def __init__(self) -> None:
        self.access = Access("http://hub.test", "phk_test_x", SECRET)
        self.asked: list[tuple[str, str, int]] = []
        self.away = False

    def open_payment(self, order: str, amount: int, **more: Any) -> dict[str, Any]:
        if self.away:
            raise HubSaidNo("The payment service does not answer.")
        self.asked.append(("payment", order, amount))
        return {"id": "pay_1", "checkoutUrl": "http://hub.test/payment/t/1"}

    def make_link(self, order: str, amount: int, **more: Any) -> dict[str, Any]:
        self.asked.append(("link", order, amount))
        return {"id": "plink_1", "url": "http://hub.test/l/abc"}

    def open_again(self, payment: str) -> str:
        return "http://hub.test/payment/t/2"


class Browser:
    """One visitor, with cookies."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.cookies = httpx.Cookies()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self._ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self._ask("POST", path, **more)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url=URL, cookies=self.cookies) as client:
                answer = await client.request(method, path, **more)
            self.cookies.update(answer.cookies)
            return answer

        return asyncio.run(ask())


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def shop(hub: FakeHub, tmp_path: Path) -> Browser:
    app = make_app(hub, Store(tmp_path / "shop.sqlite3"), url=URL)  # type: ignore[arg-type]
    return Browser(app)


def order_in(page: str) -> str:
    found = re.search(r'name="order" value="(shop-[0-9a-f]{16})"', page)
    assert found is not None
    return found[1]


def buy(shop: Browser, **over: str) -> str:
    """Put two cups in and pay; return the order."""
    shop.post("/cart", data={"product": "cup", "add": "1"})
    shop.post("/cart", data={"product": "cup", "quantity": "2"})
    order = order_in(shop.get("/cart").text)
    shop.post("/pay", data={"order": order, "email": "ada@example.com", "how": "now"} | over)
    return order


def returned(order: str, status: str = "ACCEPTED", **over: str) -> dict[str, str]:
    told = {"paymentId": "sp_1", "shopTransactionId": order, "status": status, "timestamp": "1790000000"}
    signed = "\n".join(["return", *told.values()]).encode()
    return told | {"signature": hmac.new(KEY, signed, hashlib.sha256).hexdigest()} | over


def callback(shop: Browser, order: str, status: str, *, id: str = "msg_1", key: bytes = KEY) -> Any:
    body = json.dumps({"shopTransactionId": order, "status": status, "eventType": "payment.captured"}).encode()
    stamp = str(int(time.time()))
    digest = hmac.new(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    headers = {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature}
    return shop.post("/payment-news", content=body, headers=headers)


def state(shop: Browser, order: str) -> str:
    return str(shop.get("/orders.json").json()[order][0])


def test_the_hub_is_asked_once_for_a_form_that_is_sent_twice(shop: Browser, hub: FakeHub) -> None:
    order = buy(shop)
    again = shop.post("/pay", data={"order": order, "email": "ada@example.com", "how": "now"})

    assert hub.asked == [("payment", order, 2800)]
    assert again.headers["Location"] == "http://hub.test/payment/t/2"


def test_a_price_that_a_browser_sends_counts_for_nothing(shop: Browser, hub: FakeHub) -> None:
    order = buy(shop, amount="1", price="1")
    assert hub.asked == [("payment", order, 2800)]


def test_a_link_is_sent_and_shown(shop: Browser, hub: FakeHub) -> None:
    order = buy(shop, how="link")
    assert hub.asked == [("link", order, 2800)]
    assert "http://hub.test/l/abc" in shop.get(f"/orders/{order}").text
    assert state(shop, order) == "LINK"
    callback(shop, f"{order}-1", "ACCEPTED")
    assert state(shop, order) == "ACCEPTED"


def test_a_hub_that_is_away_leaves_the_cart_as_it_was(shop: Browser, hub: FakeHub) -> None:
    hub.away = True
    buy(shop)
    assert "Espresso cup" in shop.get("/cart").text


def test_a_signed_return_is_believed(shop: Browser) -> None:
    order = buy(shop)
    back = shop.get(f"/return/{order}", params=returned(order))
    assert (back.status_code, back.headers["Location"]) == (303, f"/orders/{order}")
    assert state(shop, order) == "ACCEPTED"


@pytest.mark.parametrize(
    "over",
    [
        {"signature": ""},
        {"signature": "00"},
        {"status": "FAILED"},
        {"paymentId": "sp_2"},
        {"timestamp": "1"},
        {"shopTransactionId": "shop-0000000000000000"},
    ],
)
def test_a_return_that_was_changed_is_not_believed(shop: Browser, over: dict[str, str]) -> None:
    order = buy(shop)
    back = shop.get(f"/return/{order}", params=returned(order) | over)
    assert back.status_code == 400
    assert "not believed" in back.text
    assert state(shop, order) == "NEW"


def test_a_return_for_another_order_pays_nothing(shop: Browser) -> None:
    paid, other = buy(shop), buy(shop)
    assert shop.get(f"/return/{other}", params=returned(paid)).status_code == 400
    assert state(shop, other) == "NEW"


def test_a_callback_counts_once_and_only_with_the_hubs_signature(shop: Browser) -> None:
    order = buy(shop)
    assert callback(shop, order, "ACCEPTED", key=b"x" * 32).status_code == 400
    assert state(shop, order) == "NEW"
    assert [callback(shop, order, "ACCEPTED").status_code for _ in range(2)] == [200, 200]
    assert state(shop, order) == "ACCEPTED"
    assert shop.get(f"/orders/{order}").text.count("payment.captured") == 1


def test_late_news_take_nothing_back_that_is_paid(shop: Browser) -> None:
    order = buy(shop)
    callback(shop, order, "ACCEPTED", id="1")
    callback(shop, order, "FAILED", id="2")
    callback(shop, order, "PENDING", id="3")
    assert state(shop, order) == "ACCEPTED"


def test_a_late_success_undoes_a_failure(shop: Browser) -> None:
    order = buy(shop)
    callback(shop, order, "FAILED", id="1")
    callback(shop, order, "ACCEPTED", id="2")
    assert state(shop, order) == "ACCEPTED"


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_sites_page_cannot_use_it(shop: Browser, headers: dict[str, str]) -> None:
    assert shop.post("/cart", data={"product": "cup"}, headers=headers).status_code == 403


def test_a_visitor_sees_no_orders_of_others(shop: Browser, hub: FakeHub) -> None:
    buy(shop)
    shop.cookies.clear()
    assert shop.get("/orders.json").json() == {}


def test_it_shares_no_code_with_the_hub() -> None:
    folder = Path(__file__).parents[2] / "paymenthub" / "stack" / "shop"
    lines = [line for file in folder.glob("*.py") for line in file.read_text().splitlines()]
    imports = [line for line in lines if re.match(r"\s*(?:from|import) ", line)]
    assert imports
    assert not [line for line in imports if re.search(r"paymenthub|payments|providers|invoices|django", line)]
