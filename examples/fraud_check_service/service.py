"""A fraud check as an HTTP service: `WEBHOOK_SECRET=whsec_… python service.py 9000`. Python's standard library only.

The hub sends a command again, with the same `Idempotency-Key`, until it gets a 2xx: what was decided once is kept.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MOST = 100_000  # minor units
TOLERANCE = 300  # seconds
decided: dict[str, dict[str, Any]] = {}


def is_signed(headers: Any, body: bytes, secret: str) -> bool:
    """Check the signature of Standard Webhooks, and that it is not an old one sent again."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(digest).decode()}"
    return any(hmac.compare_digest(expected, one) for one in headers.get("webhook-signature", "").split())


def decide(metadata: dict[str, Any]) -> dict[str, Any]:
    """Answer with the event that the machine goes on with, and what is to be remembered of the check."""
    passed = metadata["amount"] <= MOST
    return {
        "messageLabel": "fraudCheckPassed" if passed else "fraudCheckFailed",
        "messagePayload": {"fraudCheck": {"passed": passed}},
    }


class Handler(BaseHTTPRequestHandler):
    """One command."""

    def do_POST(self) -> None:
        """Decide once per command, and answer the same again."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not is_signed(self.headers, body, os.environ["WEBHOOK_SECRET"]):
            self.send_error(401)
            return
        command = json.loads(body)
        answer = decided.setdefault(self.headers["Idempotency-Key"], decide(command["value"]["messagePayload"]))
        said = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    sys.stdout.write(json.dumps({"listening": server.server_port}) + "\n")
    sys.stdout.flush()
    server.serve_forever()
