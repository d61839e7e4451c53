"""An order system: it pays through the hub's API, and has a server of its own that receives callbacks."""

import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

from .waiting import until


class Receiver:
    """Takes callbacks, checks each signature with the library that the specification's authors publish."""

    def __init__(self, secret: str) -> None:
        self.refused: list[str] = []
        self._webhook = Webhook(secret)
        self._events: dict[str, dict[str, dict[str, Any]]] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                genuine = receiver._take(body, {name.lower(): value for name, value in self.headers.items()})
                self.send_response(204 if genuine else 401)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/callbacks"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, body: bytes, headers: dict[str, str]) -> bool:
        try:
            self._webhook.verify(body, headers)
        except WebhookVerificationError as error:
            self.refused.append(f"{error}: {body!r}")
            return False
        event = json.loads(body)
        if event["eventId"] != headers["webhook-id"]:
            self.refused.append(f"webhook-id {headers['webhook-id']} is not the event's: {body!r}")
        self._events.setdefault(event["shopTransactionId"], {})[event["eventId"]] = event
        return True

    def events(self, order: str) -> list[dict[str, Any]]:
        """Return what is known of an order, each event once, in the order of its sequence."""
        return sorted(self._events.get(order, {}).copy().values(), key=lambda event: event["sequence"])

    def types(self, order: str) -> list[str]:
        return [event["eventType"] for event in self.events(order)]

    def wait(self, order: str, event_type: str, *, times: int = 1, seconds: float = 20) -> dict[str, Any]:
        """Wait for an event, and return the last one of its type."""
        until(
            lambda: self.types(order).count(event_type) >= times,
            lambda: f"{times} x {event_type} expected for {order}, callbacks were {self.types(order)}",
            seconds=seconds,
        )
        return next(event for event in reversed(self.events(order)) if event["eventType"] == event_type)


class Shop:
    """Speaks to the hub as an order system does."""

    def __init__(self, base_url: str, key: str, receiver: Receiver) -> None:
        self.receiver = receiver
        self.http = httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
        )

    def close(self) -> None:
        self.http.close()

    def body(self, amount: int, order: str, *, token: str | None = "tok_visa", **over: Any) -> dict[str, Any]:
        """Build a pay request; without a token the customer pays on the PSP's page."""
        return {
            "amount": amount,
            "currency": "EUR",
            "shopTransactionId": order,
            "callbackUrl": self.receiver.url,
            **({"providerData": {"token": token}} if token else {}),
            **over,
        }

    def ask_to_pay(self, body: dict[str, Any]) -> httpx.Response:
        return self.http.post("/sandbox/credit-cards/pay", json=body)

    def pay(self, amount: int, order: str, **more: Any) -> dict[str, Any]:
        """Pay, and return the answer's body; anything but 200 fails."""
        answer = self.ask_to_pay(self.body(amount, order, **more))
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        return dict(answer.json())

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send any POST and return its answer, which must be 200."""
        answer = self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def status(self, payment_id: str) -> dict[str, Any]:
        return self._read("status", payment_id)

    def check(self, payment_id: str) -> dict[str, Any]:
        return self._read("check", payment_id)

    def _read(self, what: str, payment_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/sandbox/{what}", params={"paymentId": payment_id})
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        return dict(answer.json())


class HungUp:
    """A pay request in a thread of its own, of which an answer is not expected: the hub will be killed under it."""

    def __init__(self, shop: Shop, body: dict[str, Any]) -> None:
        self.answer: httpx.Response | None = None
        self.error: httpx.TransportError | None = None
        self._thread = threading.Thread(target=self._ask, args=(shop, body))
        self._thread.start()

    def _ask(self, shop: Shop, body: dict[str, Any]) -> None:
        # A connection of its own: those of the shop's pool may be half dead after a kill.
        try:
            self.answer = httpx.post(
                f"{str(shop.http.base_url).rstrip('/')}/sandbox/credit-cards/pay",
                json=body,
                headers={"Authorization": shop.http.headers["Authorization"]},
                timeout=30,
                trust_env=False,
            )
        except httpx.TransportError as error:
            self.error = error

    def wait(self) -> None:
        self._thread.join(40)
        assert not self._thread.is_alive(), "the pay request neither ended nor failed"


def new_order() -> str:
    """Make a shop transaction id that no other test uses."""
    return f"e2e-{uuid.uuid4().hex[:16]}"
