"""`manage.py demo` against a stand-in for the stack, with the real example receiver."""

import json
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from urllib.parse import parse_qs

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from payments.outbound.sign import new_secret, signed_headers

PAGE = """<!doctype html><title>Pay 12.50 EUR</title><form method="post">
<input type="radio" name="choice" value="approve" checked><input type="radio" name="choice" value="decline">
<button name="action" value="cancel">Cancel</button><button name="action" value="pay">Pay <b>now</b></button></form>"""


class Stack:
    """A hub and a provider in one server; a test bends `answers` or `secret`."""

    def __init__(self):
        self.secret = self.signs_with = new_secret()
        self.status, self.page, self.order, self.form, self.sends = "ACCEPTED", PAGE, {}, {}, True

    def document(self):
        return {
            "paymentId": "psp 1",
            "status": self.status,
            "metadata": {"hubPaymentId": "pay_1"},
        }

    def call_back(self):
        body = json.dumps({**self.document(), "sequence": 1}).encode()
        headers = signed_headers(
            secrets=[self.signs_with], message_id="evt_1", timestamp=int(datetime.now(UTC).timestamp()), body=body
        )
        request = urllib.request.Request(self.order["callbackUrl"], data=body, headers=headers)
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except urllib.error.HTTPError as error:
            error.close()


@pytest.fixture
def stack(tmp_path):
    made = Stack()

    class Handler(BaseHTTPRequestHandler):
        def reply(self, status, text, **headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/page":
                made.form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
                self.reply(303, "", Location="/return/abc")
            elif self.headers["Authorization"] != "Bearer phk_test_1":
                self.reply(401, '{"code": "unauthenticated"}')
            else:
                made.order = json.loads(raw)
                url = f"{made.url}/page"
                self.reply(200, json.dumps({"result": "REDIRECT_TO_URL", "redirectToUrl": url, "paymentId": "psp 1"}))

        def do_GET(self):
            if self.path == "/page":
                self.reply(200, made.page)
            elif self.path == "/return/abc":
                if made.sends:
                    made.call_back()
                self.reply(303, "", Location=made.order["successRedirectUrl"])
            elif self.path == "/sandbox/status?paymentId=psp+1":
                self.reply(200, json.dumps(made.document()))
            elif self.path == "/v1/invoices?paymentId=pay_1":
                file = {"state": "ready", "location": "http://hub/f"}
                row = {"number": "INV2026-00007", "gross": 1250, "currency": "EUR", "file": file}
                self.reply(200, json.dumps({"data": [row]}))
            else:
                self.reply(404, "no such page")

        def log_message(self, format, *args):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        made.file = tmp_path / "demo.json"
        made.file.write_text(json.dumps({"baseUrl": made.url, "apiKey": "phk_test_1", "webhookSecret": made.secret}))
        yield made
        server.shutdown()
        thread.join()


def run(stack):
    said = StringIO()
    call_command("demo", demo_json=stack.file, stdout=said, no_color=True)
    return said.getvalue()


def test_the_whole_story_is_told_with_real_answers(stack):
    said = run(stack)
    assert stack.form == {"choice": "approve", "action": "pay"}
    assert stack.order["amount"] == 1250
    for line in (
        "«Pay 12.50 EUR», buttons: Cancel, Pay now",
        "The customer presses «Pay now» and is sent back.",
        f"303 to {stack.url}/return/abc",
        "The customer is back at the shop: The shop says thank you.",
        '"status": "ACCEPTED"',
        "webhook-id evt_1, signature verified",
        "INV2026-00007 over 12.50 EUR; its PDF:",
    ):
        assert line in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("bend", "message"),
    [
        (lambda stack: stack.file.unlink(), r"is not there. Start the stack with `make up`"),
        (lambda stack: stack.file.write_text("{"), r"is not JSON"),
        (lambda stack: stack.file.write_text("{}"), r"lacks baseUrl, apiKey, webhookSecret"),
        (
            lambda stack: stack.file.write_text(stack.file.read_text().replace("phk_test_1", "phk_test_2")),
            r"answered with 401: .*unauthenticated.* Look at the log of the web process",
        ),
        (
            lambda stack: stack.file.write_text(stack.file.read_text().replace(stack.url, "http://127.0.0.1:1")),
            r"had no usable answer.*make status",
        ),
        (lambda stack: setattr(stack, "page", "<title>Broken</title>"), r"shows no button"),
        (lambda stack: setattr(stack, "status", "FAILED"), r"The payment was not accepted"),
        (lambda stack: setattr(stack, "signs_with", new_secret()), r"refused the callback: No signature fits"),
    ],
)
def test_every_failure_says_what_to_look_at(stack, bend, message):
    bend(stack)
    with pytest.raises(CommandError, match=message):
        run(stack)


def test_a_callback_that_never_comes_is_said(stack, monkeypatch):
    monkeypatch.setattr("payments.management.commands.demo._CALLBACK_SECONDS", 0.2)
    stack.sends = False
    with pytest.raises(CommandError, match=r"No callback came. Look at the logs of relay and worker"):
        run(stack)
