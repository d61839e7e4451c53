"""Customers: a browser on the PSP's page, which may be down, slow or broken."""

import asyncio
from urllib.parse import urljoin

import httpx

from .journal import Journal
from .plan import Customer, Order

_RELOADS = 60
_CHOICES = {Customer.PAYS: "visa", Customer.CONFIRMS: "three_d_secure", Customer.DECLINED: "poor"}


class Customers:
    """All customers; each request is tried again until there is an answer, as one who presses Reload."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(8, connect=3), trust_env=False, follow_redirects=False)

    async def close(self) -> None:
        """Close all browsers."""
        await self._http.aclose()

    async def visit(self, order: Order, page: str) -> None:
        """Do on the page what this customer does; what is left undone is left to the hub."""
        if order.customer is Customer.LEAVES:
            await self._request(order, "GET", page)
            return
        back = await self._decide(order, page)
        if back and order.returns:
            await self._request(order, "GET", back)

    async def _decide(self, order: Order, page: str) -> str:
        """Press buttons until the PSP sends the customer away; returns where to."""
        for _ in range(_RELOADS):
            answer = await self._request(order, "GET", page)
            if answer is None or "<form" not in answer.text:
                return ""
            if "/confirm" in answer.text:
                answer = await self._request(order, "POST", f"{page}/confirm", action="confirm")
            elif order.customer is Customer.CANCELS:
                answer = await self._request(order, "POST", page, action="cancel")
            else:
                answer = await self._request(order, "POST", page, action="pay", choice=_CHOICES[order.customer])
            if answer is not None and answer.status_code == 303:
                target = urljoin(page, answer.headers["Location"])
                if target != page:
                    return target
        return ""

    async def _request(self, order: Order, method: str, url: str, **form: str) -> httpx.Response | None:
        for number in range(_RELOADS):
            try:
                answer = await self._http.request(method, url, data=form or None)
            except httpx.TransportError as error:
                self._journal.note(order.id, f"customer {method} {form} -> {type(error).__name__}")
                if method == "POST":
                    return None  # look at the page again first
            else:
                self._journal.note(order.id, f"customer {method} {form} -> {answer.status_code}")
                if answer.status_code < 500 or method == "POST":
                    return answer
            await asyncio.sleep(min(2.0, 0.3 * (number + 1)))
        return None
