"""A merchant's server that takes webhooks and can be told to be unwell."""

import hashlib
import hmac
import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .process import SECRET


class Hook:
    """One webhook: raw body, headers, arrival."""

    def __init__(self, raw: bytes, headers: dict[str, str]) -> None:
        self.raw = raw
        self.signature = headers["sandpay-signature"]
        self.event = json.loads(raw)
        self.type = self.event["type"]
        self.object = self.event["data"]["object"]
        self.at = time.monotonic()

    def genuine(self, secret: str = SECRET) -> bool:
        """Compute the signature anew from what was documented."""
        parts = [part.split("=", 1) for part in self.signature.split(",")]
        moment = next(value for name, value in parts if name == "t")
        assert abs(time.time() - int(moment)) < 30
        wanted = hmac.new(secret.encode(), moment.encode() + b"." + self.raw, hashlib.sha256).hexdigest()
        return any(name == "v1" and hmac.compare_digest(value, wanted) for name, value in parts)


class Receiver:
    """Keeps what arrives, per path."""

    def __init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                status = receiver._take(self.path, Hook(raw, {k.lower(): v for k, v in self.headers.items()}))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._news = threading.Condition()
        self._hooks: dict[str, list[Hook]] = {}
        self._answers: dict[str, list[int]] = {}
        self._gates: dict[str, threading.Event] = {}
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        for gate in self._gates.values():
            gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, *answers: int, gate: threading.Event | None = None) -> str:
        """Make a new address; `answers` are its first statuses (then 204), `gate` holds every answer back."""
        path = f"/{uuid.uuid4().hex}"
        self._answers[path] = list(answers)
        if gate is not None:
            self._gates[path] = gate
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def _take(self, path: str, hook: Hook) -> int:
        with self._news:
            self._hooks.setdefault(path, []).append(hook)
            status = self._answers[path].pop(0) if self._answers.get(path) else 204
            self._news.notify_all()
        if path in self._gates:
            self._gates[path].wait(10)
        return status

    def wait(self, url: str, count: int, timeout: float = 8) -> list[Hook]:
        """Wait until `count` webhooks arrived at `url`; returns them."""
        path = "/" + url.rsplit("/", 1)[1]
        with self._news:
            arrived = self._news.wait_for(lambda: len(self._hooks.get(path, [])) >= count, timeout)
            hooks = list(self._hooks.get(path, []))
        assert arrived, f"{len(hooks)} of {count} webhooks: {[hook.type for hook in hooks]}"
        return hooks

    def got(self, url: str) -> list[Hook]:
        """Return what arrived until now."""
        with self._news:
            return list(self._hooks.get("/" + url.rsplit("/", 1)[1], []))
