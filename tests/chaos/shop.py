"""The life of one order, from the basket to the last refund, as its plan wants it and as far as the facts let it."""

import asyncio
import time
from typing import Any

from .customer import Customers
from .desk import Desk
from .hub import Hub, Intent
from .plan import Customer, Order
from .receiver import Receiver

_WAIT = 60.0
_LOOK_AGAIN = 1.5
_CURRENCY = "EUR"


class Shop:
    """Sells; one `sell` for each order, as many at a time as are called."""

    def __init__(self, hub: Hub, receiver: Receiver, customers: Customers, desk: Desk) -> None:
        self._hub, self._receiver, self._customers, self._desk = hub, receiver, customers, desk

    async def sell(self, order: Order) -> None:
        """Take an order's money, and give some of it back."""
        await self._desk.queue(order)
        payment = await self._take(order)
        if not payment:
            return
        if not (order.captures or order.cancels or order.refunds):
            return
        amounts = await self._decided(order, payment)
        if amounts["capturable"]:
            await self._capture_and_cancel(order, payment)
        if order.refunds:
            await self._until(order, payment, lambda seen: seen["captured"] > 0 and not seen["capturable"])
            for wave in order.refunds:
                await asyncio.gather(*(self._refund(order, payment, amount) for amount in wave))

    async def _take(self, order: Order) -> str:
        """Pay or authorise; returns the hub's id of a payment that goes on, "" of one that is over."""
        kind = "authorize" if order.authorizes else "pay"
        body: dict[str, Any] = {
            "amount": order.amount,
            "currency": _CURRENCY,
            "shopTransactionId": order.id,
            "callbackUrl": self._receiver.url,
        }
        if order.customer in (Customer.TOKEN, Customer.POOR):
            token = "tok_visa" if order.customer is Customer.TOKEN else "tok_declined"
            body["providerData"] = {"token": token}
        path = f"/sandbox/credit-cards/{kind}"
        intent = await self._hub.do(order, self._hub.intend(order, kind, order.amount, path, body))
        page = next((reply for reply in (intent.answer.get("redirectToUrl"),) if reply), None)
        payment = intent.replies[-1].payment
        if page:
            await self._customers.visit(order, page)
            if order.customer is Customer.LEAVES:
                await self._expire(order, payment)
                return ""
        return "" if intent.word == "KO" else payment

    async def _expire(self, order: Order, payment: str) -> Intent:
        path = f"/v1/payments/{payment}/expire"
        return await self._hub.do(order, self._hub.intend(order, "expire", 0, path, {}))

    async def _decided(self, order: Order, payment: str) -> dict[str, Any]:
        """Wait until the payment is held, taken or over; returns the amounts."""

        def is_decided(seen: dict[str, Any]) -> bool:
            return bool(seen["authorized"] or seen["captured"] or seen["status"] == "FAILED")

        return await self._until(order, payment, is_decided)

    async def _until(self, order: Order, payment: str, is_there: Any) -> dict[str, Any]:
        """Look until something is so, or for a minute; an order system that asks, asks the gateway now and then too."""
        deadline, seen = time.monotonic() + _WAIT, {"authorized": 0, "captured": 0, "capturable": 0, "status": ""}
        while time.monotonic() < deadline:
            if order.asks:
                await self._hub.read("/sandbox/status", paymentId=payment)
            found = await self._hub.read(f"/v1/payments/{payment}")
            if found is not None:
                seen = {**found["amounts"], "status": found["status"]}
                if is_there(seen):
                    break
            await asyncio.sleep(_LOOK_AGAIN)
        return seen

    async def _capture_and_cancel(self, order: Order, payment: str) -> None:
        if order.cancels and order.captures:
            await asyncio.gather(
                self._capture(order, payment, order.captures[0], final=True), self._cancel(order, payment)
            )
        elif order.cancels:
            await self._cancel(order, payment)
        taken = 0
        for number, amount in enumerate(() if order.cancels else order.captures):
            intent = await self._capture(order, payment, amount, final=number == len(order.captures) - 1)
            if intent.word not in ("OK", "PENDING"):
                return
            taken += amount
            await self._until(order, payment, lambda seen, least=taken: seen["captured"] >= least)

    async def _capture(self, order: Order, payment: str, amount: int, *, final: bool) -> Intent:
        body = {"paymentId": payment, "amount": amount, "final": final}
        return await self._hub.do(order, self._hub.intend(order, "capture", amount, "/sandbox/capture", body))

    async def _cancel(self, order: Order, payment: str) -> Intent:
        body = {"paymentId": payment}
        return await self._hub.do(order, self._hub.intend(order, "cancel", 0, "/sandbox/cancel", body))

    async def _refund(self, order: Order, payment: str, amount: int) -> Intent:
        body = {"paymentId": payment, "amount": amount, "currency": _CURRENCY}
        return await self._hub.do(order, self._hub.intend(order, "refund", amount, "/sandbox/refund", body))

    async def tidy_up(self, order: str, payment: str, *, held: bool) -> None:
        """End what nobody went on with: give a hold up, or the wait for a customer."""
        owner = Order(0, order, 0, authorizes=False, customer=Customer.TOKEN)
        await (self._cancel(owner, payment) if held else self._expire(owner, payment))
