"""The order system's own server: takes callbacks, checks each signature, keeps every one, and is no perfect server."""

import hashlib
import json
import random
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from .journal import Journal

_REFUSES, _SAYS_NOTHING = 0.02, 0.04


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback that was taken; the same event may be here more than once."""

    order: str
    payment: str
    event: str
    sequence: int
    type: str
    digest: str
    body: dict[str, Any]


class Receiver:
    """Listens on a port of its own as long as it is open."""

    def __init__(self, secret: str, seed: int, journal: Journal) -> None:
        self.taken: list[Callback] = []
        self._newest: dict[str, Callback] = {}
        self._seen: set[str] = set()
        self._webhook, self._seed, self._journal = Webhook(secret), seed, journal
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 20

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver._take(body, {name.lower(): value for name, value in self.headers.items()})
                if status is not None:
                    self.send_response(status)
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/callbacks"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def newest(self, order: str) -> Callback | None:
        """Return the callback with the highest sequence of an order, as a receiver keeps it."""
        return self._newest.get(order)

    def _take(self, body: bytes, headers: dict[str, str]) -> int | None:
        """Take one; returns the status to answer with, None for no answer at all."""
        try:
            self._webhook.verify(body, headers)
        except WebhookVerificationError as error:
            self._journal.surprise(f"a callback is not genuine ({error}): {body[:200]!r}")
            return 401
        event = json.loads(body)
        id = str(event["eventId"])
        with self._lock:
            fate = 1.0 if id in self._seen else self._fate(event)
            self._seen.add(id)
            if fate < _REFUSES:
                self._journal.took_effect("callback error_500")
                return 500
            callback = Callback(
                order=str(event["shopTransactionId"]),
                payment=str(event["metadata"]["hubPaymentId"]),
                event=id,
                sequence=int(event["sequence"]),
                type=str(event["eventType"]),
                digest=hashlib.sha256(body).hexdigest(),
                body=event,
            )
            self.taken.append(callback)
            known = self._newest.get(callback.order)
            if known is None or callback.sequence > known.sequence:
                self._newest[callback.order] = callback
        self._journal.note(callback.order, f"callback {callback.sequence} {callback.type}")
        if fate < _SAYS_NOTHING:
            self._journal.took_effect("callback no_answer")
            return None
        return 204

    def _fate(self, event: dict[str, Any]) -> float:
        """Draw from seed, order and sequence, so that a replay does the same."""
        return random.Random(f"{self._seed} {event['shopTransactionId']} {event['sequence']}").random()
