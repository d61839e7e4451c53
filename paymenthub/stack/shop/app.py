"""The shop's pages."""

import json
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .catalogue import CURRENCY, MOST_OF_ONE, PRODUCTS, written
from .guard import Guard
from .hub import Hub, HubSaidNo
from .signing import NotGenuine, verify_callback, verify_return
from .store import Order, Store

_HERE = Path(__file__).parent
_LANGUAGES = {"en": "English", "it": "Italiano", "de": "Deutsch", "fr": "Français", "es": "Español"}
_WORDS = {
    "NEW": "Not paid yet",
    "PENDING": "Waiting for the payment",
    "ACCEPTED": "Paid",
    "FAILED": "Not paid",
    "LINK": "Link sent, not paid yet",
}
_TOLD = frozenset({"PENDING", "ACCEPTED", "FAILED"})
_ORDER_ID = re.compile(r"shop-[0-9a-f]{16}")
_MAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,255}")
_MOST_BYTES = 1024 * 1024
_PAGES = jinja2.Environment(autoescape=True, loader=jinja2.FileSystemLoader(_HERE / "templates"), trim_blocks=True)
_PAGES.globals["written"] = written
_PAGES.globals["words"] = _WORDS


class Shop:
    """Shows pages, keeps orders, and asks the hub to be paid for them."""

    def __init__(self, hub: Hub, store: Store, *, url: str) -> None:
        self._hub = hub
        self._store = store
        self._url = url

    def products(self, request: Request) -> Response:
        """Show what is sold."""
        return self._page(request, "products.html", products=PRODUCTS.values())

    def cart(self, request: Request) -> Response:
        """Show what is in the cart, and the form that pays it."""
        return self._cart(request, "")

    async def put(self, request: Request) -> Response:
        """Change how many of a product there are."""
        form = await request.form()
        product, quantity = str(form.get("product", "")), str(form.get("quantity", "1"))
        visitor = _visitor(request)
        if product in PRODUCTS and quantity.isdecimal():
            before = self._store.cart(visitor).get(product, 0) if "add" in form else 0
            self._store.put(visitor, product, min(MOST_OF_ONE, before + int(quantity[:3])))
        return _see("/cart")

    async def pay(self, request: Request) -> Response:
        """Keep the order, open its payment at the hub, and send the customer into the checkout."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        visitor, lines = _visitor(request), self._lines(request)
        id, email = form.get("order", ""), form.get("email", "").strip()
        known = self._store.order(id)
        if known is not None and known.hub_id and not known.link:
            return self._again(known)  # the same form sent twice is the same order
        if not lines or not _ORDER_ID.fullmatch(id):
            return _see("/cart")
        if not _MAIL.fullmatch(email):
            return self._cart(request, "Please give a mail address: the receipt goes there.", status=422)
        amount = sum(line["amount"] * line["quantity"] for line in lines)
        order = self._store.add_order(id, visitor, amount, json.dumps(lines), email)
        wish = {
            "buyer": {"name": form.get("name", "")[:80].strip() or "Guest", "email": email},
            "items": lines,
            "locale": form.get("language") if form.get("language") in _LANGUAGES else "en",
            "description": f"Order {order.id}",
            "successRedirectUrl": f"{self._url}/return/{order.id}",
            "failureRedirectUrl": f"{self._url}/return/{order.id}",
            "callbackUrl": f"{self._url}/payment-news",
        }
        try:
            if form.get("how") == "link":
                link = self._hub.make_link(order.id, amount, **wish)
                self._store.note_payment(order.id, link["id"], link=link["url"])
                target = f"/orders/{order.id}"
            else:
                opened = self._hub.open_payment(order.id, amount, **wish)
                self._store.note_payment(order.id, opened["id"])
                target = opened["checkoutUrl"]
        except HubSaidNo as refusal:
            return self._cart(request, str(refusal), status=502)
        self._store.empty_cart(visitor)
        return _see(target)

    def come_back(self, request: Request) -> Response:
        """Take the customer's return: believe it only if the hub has signed it, and ask the hub besides."""
        order = self._store.order(request.path_params["order"])
        if order is None:
            return self._missing(request)
        try:
            told = verify_return(self._hub.access.webhook_secret, request.query_params.multi_items())
        except NotGenuine as refusal:
            return self._order(request, order, refused=str(refusal))
        if _order_of(told["shopTransactionId"]) != order.id:
            return self._order(request, order, refused="It speaks of another order.")
        self._store.note_status(order.id, told["status"], "the signed return")
        return _see(f"/orders/{order.id}")

    async def news(self, request: Request) -> Response:
        """Take a callback: check its signature over the bytes as they came, and count it once."""
        body = await request.body()
        if len(body) > _MOST_BYTES:
            return JSONResponse({"error": "too large"}, status_code=413)
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            message_id = verify_callback(self._hub.access.webhook_secret, headers, body)
        except NotGenuine as refusal:
            return JSONResponse({"error": str(refusal)}, status_code=400)
        event = json.loads(body)
        order = self._store.order(_order_of(str(event.get("shopTransactionId", ""))))
        status = str(event.get("status", ""))
        if order is not None and status in _TOLD:
            self._store.note_news(message_id, order.id, str(event.get("eventType", "")), status)
            self._store.note_status(order.id, status, "the signed callback")
        return JSONResponse({})

    def orders(self, request: Request) -> Response:
        """List the visitor's orders."""
        return self._page(request, "orders.html", orders=self._store.orders(_visitor(request)))

    def order(self, request: Request) -> Response:
        """Show an order."""
        order = self._store.order(request.path_params["order"])
        return self._missing(request) if order is None else self._order(request, order)

    async def resume(self, request: Request) -> Response:
        """Go back into the checkout of an order that is not paid yet."""
        order = self._store.order(request.path_params["order"])
        if order is None or not order.hub_id:
            return _see("/orders")
        return self._again(order)

    def statuses(self, request: Request) -> Response:
        """Tell how the visitor's orders stand; those that nobody has told of yet are asked for."""
        orders = self._store.orders(_visitor(request))
        return JSONResponse({order.id: [_status(order), _WORDS[_status(order)]] for order in orders})

    def _again(self, order: Order) -> Response:
        if order.link or order.status == "ACCEPTED":
            return _see(f"/orders/{order.id}")
        try:
            return _see(self._hub.open_again(order.hub_id))
        except HubSaidNo:
            return _see(f"/orders/{order.id}")

    def _cart(self, request: Request, problem: str, status: int = 200) -> Response:
        lines = self._lines(request)
        return self._page(
            request,
            "cart.html",
            status=status,
            lines=lines,
            total=sum(line["amount"] * line["quantity"] for line in lines),
            most=MOST_OF_ONE,
            languages=_LANGUAGES,
            order=f"shop-{secrets.token_hex(8)}",
            problem=problem,
        )

    def _order(self, request: Request, order: Order, *, refused: str = "") -> Response:
        return self._page(
            request,
            "order.html",
            status=400 if refused else 200,
            order=order,
            state=_status(order),
            lines=json.loads(order.lines),
            news=self._store.news(order.id),
            refused=refused,
        )

    def _lines(self, request: Request) -> list[dict[str, Any]]:
        cart = self._store.cart(_visitor(request))
        return [
            {
                "itemId": code,
                "description": PRODUCTS[code].name,
                "quantity": quantity,
                "amount": PRODUCTS[code].price,
                "vatRate": 22,
            }
            for code, quantity in cart.items()
            if code in PRODUCTS
        ]

    def _missing(self, request: Request) -> Response:
        return self._page(request, "missing.html", status=404)

    def _page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
        in_cart = sum(self._store.cart(_visitor(request)).values())
        text = _PAGES.get_template(template).render(
            in_cart=in_cart, currency=CURRENCY, here=request.url.path, hub=self._hub.access.base_url, **values
        )
        return Response(text, status_code=status, media_type="text/html; charset=utf-8")


def make_app(hub: Hub, store: Store, *, url: str) -> Starlette:
    """Make the shop, which is reached at `url`."""
    shop = Shop(hub, store, url=url)
    routes = [
        Route("/", shop.products),
        Route("/cart", shop.cart),
        Route("/cart", shop.put, methods=["POST"]),
        Route("/pay", shop.pay, methods=["POST"]),
        Route("/return/{order}", shop.come_back),
        Route("/payment-news", shop.news, methods=["POST"]),
        Route("/orders", shop.orders),
        Route("/orders.json", shop.statuses),
        Route("/orders/{order}", shop.order),
        Route("/orders/{order}/pay", shop.resume, methods=["POST"]),
        Mount("/static", StaticFiles(directory=_HERE / "static")),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, host=urlsplit(url).netloc)])


def _visitor(request: Request) -> str:
    return str(request.scope["shop.visitor"])


def _see(url: str) -> Response:
    return RedirectResponse(url, status_code=303)


def _status(order: Order) -> str:
    return "LINK" if order.link and order.status == "NEW" else order.status


def _order_of(shop_transaction_id: str) -> str:
    """Name the order: a payment of a link has a number at its end."""
    return shop_transaction_id[:21]
