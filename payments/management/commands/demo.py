"""`manage.py demo`: a payment from beginning to end, over HTTP only, as an integrator would write it."""

import json
import time
import urllib.error
import urllib.request
import uuid
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from paymenthub.kernel.money import Money
from payments.management.commands._browser import Answer, Browser, Form, Page
from payments.management.commands._example_receiver import ExampleReceiver

_KEYS = ("baseUrl", "apiKey", "webhookSecret")
_MOST_REDIRECTS = 6
_SETTLE_SECONDS = 60
_CALLBACK_SECONDS = 60


class Command(BaseCommand):
    """Tell the whole story of a payment against the running stack."""

    help = "Pay, be a customer, ask for the status, and receive the signed callback; every answer is a real one."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --demo-json."""
        parser.add_argument(
            "--demo-json",
            type=Path,
            default=settings.VAR_DIR / "demo.json",
            help="Written by `make up`: addresses and a key.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell it."""
        stack = self._read(options["demo_json"])
        self._base, self._key = stack["baseUrl"].rstrip("/"), stack["apiKey"]
        self._number = 0
        with ExampleReceiver(stack["webhookSecret"]) as receiver:
            self._step(f"A shop waits for news at {receiver.url} (examples/receiver).")
            paid = self._pay(receiver.url)
            self._customer(paid["redirectToUrl"], receiver.url)
            status = self._status(paid["paymentId"])
            self._callback(receiver, status)
            self._invoice(status["metadata"]["hubPaymentId"])
        self.stdout.write(self.style.SUCCESS("\nThat is all: the money is taken, and the shop knows it."))

    def _read(self, path: Path) -> dict[str, str]:
        try:
            stack = json.loads(path.read_text())
        except FileNotFoundError:
            raise CommandError(f"{path} is not there. Start the stack with `make up`, then try again.") from None
        except ValueError:
            raise CommandError(f"{path} is not JSON. Run `make down up` to have it written anew.") from None
        missing = [key for key in _KEYS if not stack.get(key)]
        if missing:
            raise CommandError(f"{path} lacks {', '.join(missing)}. Run `make down up` to have it written anew.")
        return dict(stack)

    def _pay(self, shop: str) -> dict[str, Any]:
        self._step("The shop asks the hub for a payment of 12.50 EUR.")
        answer = self._call(
            "POST",
            "/sandbox/credit-cards/pay",
            {
                "amount": 1250,
                "currency": "EUR",
                "shopTransactionId": f"demo-{uuid.uuid4().hex[:12]}",
                "successRedirectUrl": f"{shop}/thanks",
                "failureRedirectUrl": f"{shop}/sorry",
                "callbackUrl": f"{shop}/callback",
                "buyer": {"name": "Ada Bianchi", "email": "ada@shop.example"},
                "additionalData": {
                    "items": [{"itemId": "mug", "description": "Mug", "quantity": 1, "amount": 1250, "vatRate": 22}]
                },
            },
        )
        if answer.get("result") != "REDIRECT_TO_URL" or not answer.get("redirectToUrl"):
            self._fail("The hub did not send the customer to a page.", "the log of the web process, and /documentation")
        return answer

    def _customer(self, url: str, shop: str) -> None:
        self._step("The customer opens the provider's page.")
        browser = Browser()
        page = self._ask(browser.get, url)
        self._page(page)
        if page.location:
            page = self._follow(browser, page)
        form, button = self._pay_button(page)
        self._step(f"The customer presses «{button[2] or button[1]}» and is sent back.")
        end = self._follow(browser, self._ask(browser.press, page.url, form, button))
        if end.url.startswith(shop):
            self._say(f"The customer is back at the shop: {end.text.strip()}")
        else:
            self._page(end)

    def _status(self, payment_id: str) -> dict[str, Any]:
        self._step("The shop asks how it stands.")
        path = f"/sandbox/status?{urlencode({'paymentId': payment_id})}"
        deadline = time.monotonic() + _SETTLE_SECONDS
        while True:
            status = self._call("GET", path, quiet=True)
            if status.get("status") == "ACCEPTED":
                self._answer("GET", path, status)
                return status
            if status.get("status") == "FAILED" or time.monotonic() > deadline:
                self._answer("GET", path, status)
                self._fail("The payment was not accepted.", "its timeline in the backoffice, and the worker's log")
            time.sleep(0.5)

    def _callback(self, receiver: ExampleReceiver, status: dict[str, Any]) -> None:
        self._step("The hub tells the shop, signed.")
        hub_id = status["metadata"]["hubPaymentId"]

        def about_it(line: dict[str, Any]) -> bool:
            event = line.get("event", {})
            refused = line.get("verdict") == "refused"
            return refused or (event.get("status") == "ACCEPTED" and event["metadata"].get("hubPaymentId") == hub_id)

        line = receiver.wait_for(about_it, seconds=_CALLBACK_SECONDS)
        if line is None:
            self._fail("No callback came.", "the logs of relay and worker, and «Deliveries» in the backoffice")
        if line["verdict"] == "refused":
            self._fail(f"The receiver refused the callback: {line['reason']}", "webhookSecret in demo.json")
        self._say(f"webhook-id {line['webhookId']}, signature verified")
        self._json(line["event"])

    def _invoice(self, hub_id: str) -> None:
        self._step("The shop fetches the invoice.")
        deadline = time.monotonic() + _SETTLE_SECONDS
        while True:
            path = f"/v1/invoices?{urlencode({'paymentId': hub_id})}"
            found = self._call("GET", path, quiet=True)["data"]
            if (found and found[0]["file"]["state"] == "ready") or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        if not found:
            self._fail("There is no invoice.", "«Invoices to issue» in the backoffice, and the worker's log")
        invoice, file = found[0], found[0]["file"]
        if file["state"] != "ready":
            self._fail(
                f"The PDF of {invoice['number']} is not made.", "«Invoices» in the backoffice, and the worker's log"
            )
        self._say(f"{invoice['number']} over {Money(invoice['gross'], invoice['currency'])}; its PDF:")
        self._say(file["location"])
        self._say("The customer gets it by mail, too: «Mails sent», on the screen of `make up`.")

    def _call(self, method: str, path: str, body: object = None, *, quiet: bool = False) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
            self._base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=40) as response:  # noqa: S310
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            self._fail(f"{method} {path} was answered with {error.code}: {text}", "the log of the web process")
        except (OSError, ValueError) as error:
            self._fail(f"{method} {self._base}{path} had no usable answer ({error}).", "`make status`")
        if not quiet:
            self._answer(method, path, answer)
        return dict(answer)

    def _ask(self, ask: Callable[..., Answer], url: str, *rest: object) -> Answer:
        try:
            return ask(url, *rest)
        except (OSError, ValueError) as error:
            self._fail(f"The page {url} does not open ({error}).", "`make status`, and the log of the sandbox PSP")

    def _follow(self, browser: Browser, answer: Answer) -> Answer:
        hops = 0
        while answer.location:
            hops += 1
            if hops > _MOST_REDIRECTS:
                self._fail("The customer is sent round in circles.", "the addresses above")
            self._say(f"{answer.status} to {answer.location}")
            answer = self._ask(browser.get, answer.location)
        return answer

    def _pay_button(self, page: Answer) -> tuple[Form, tuple[str, str, str]]:
        buttons = [(form, button) for form in Page(page.text).forms for button in form.buttons]
        if page.status != 200 or not buttons:
            self._fail(f"The page answers {page.status} and shows no button.", f"{page.url} in a browser")
        return next((pair for pair in buttons if pair[1][1] == "pay"), buttons[0])

    def _page(self, answer: Answer) -> None:
        page = Page(answer.text)
        labels = [label or value for form in page.forms for _, value, label in form.buttons]
        self._say(f"{answer.status} {answer.url}")
        self._say(f"«{page.title}», buttons: {', '.join(labels) or 'none'}")

    def _step(self, text: str) -> None:
        self._number += 1
        self.stdout.write(self.style.MIGRATE_HEADING(f"\n{self._number}. {text}"))

    def _answer(self, method: str, path: str, answer: object) -> None:
        self._say(f"{method} {path}")
        self._json(answer)

    def _json(self, value: object) -> None:
        for line in json.dumps(value, indent=2, ensure_ascii=False).splitlines():
            self._say(line)

    def _say(self, text: str) -> None:
        self.stdout.write(f"   {text}")

    def _fail(self, what: str, look_at: str) -> NoReturn:
        raise CommandError(f"{what} Look at {look_at}.")
