"""A small receiver of PaymentHub callbacks.

    WEBHOOK_SECRET=whsec_… python receiver.py [port]

Prints one line of JSON for each callback. A shop would keep `seen` and `newest` in its database.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from verify import NotGenuine, verify

SECRET = os.environ["WEBHOOK_SECRET"]
seen: set[str] = set()  # webhook-ids: the same event may come more than once
newest: dict[str, int] = {}  # payment -> highest sequence: events may come in another order


class Receiver(BaseHTTPRequestHandler):
    timeout = 10  # seconds; one request at a time is served here, and none may hold the others

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            verify(SECRET, headers, body)
        except NotGenuine as error:
            self.answer(401, str(error))
            tell({"verdict": "refused", "reason": str(error)})
            return
        self.answer(200, "Thank you.")  # soon: work that takes time belongs into a queue
        self.take(headers["webhook-id"], json.loads(body))

    def take(self, webhook_id: str, event: dict) -> None:
        payment = event["metadata"]["hubPaymentId"]
        if webhook_id in seen:
            verdict = "seen before"
        elif event["sequence"] < newest.get(payment, 0):
            verdict = "older than what is known"
        else:
            verdict, newest[payment] = "new", event["sequence"]
        seen.add(webhook_id)
        tell({"verdict": verdict, "webhookId": webhook_id, "event": event})

    def do_GET(self) -> None:
        self.answer(200, "The shop says thank you.")

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Keep standard error free."""


def tell(line: dict) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Receiver)
    tell({"listening": f"http://127.0.0.1:{server.server_port}"})
    server.serve_forever()
