"""The receiver that integrators copy."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from payments.outbound.sign import new_secret, signed_headers

PROGRAM = Path(__file__).resolve().parents[3] / "examples" / "receiver" / "receiver.py"


class Running:
    """The program, and what it prints."""

    def __init__(self, process, secret):
        self.process, self.secret = process, secret
        self.url = self.line()["listening"]

    def line(self):
        return json.loads(self.process.stdout.readline())

    def send(self, event, *, secrets=None, message_id="evt_1", age=0, tamper=b""):
        body = json.dumps(event).encode()
        timestamp = int(datetime.now(UTC).timestamp()) - age
        headers = signed_headers(
            secrets=secrets or [self.secret], message_id=message_id, timestamp=timestamp, body=body
        )
        request = urllib.request.Request(self.url, data=body + tamper, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, self.line()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, self.line()


@pytest.fixture(scope="module")
def receiver():
    secret = new_secret()
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "WEBHOOK_SECRET": secret},
    )
    try:
        yield Running(process, secret)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def event(sequence, payment):
    return {"status": "ACCEPTED", "sequence": sequence, "metadata": {"hubPaymentId": payment}}


def test_a_genuine_event_is_taken_once(receiver):
    assert receiver.send(event(1, "pay_a"), message_id="evt_a")[1]["verdict"] == "new"
    status, line = receiver.send(event(1, "pay_a"), message_id="evt_a")
    assert (status, line["verdict"]) == (200, "seen before")


def test_an_older_event_of_the_same_payment_is_told_apart(receiver):
    receiver.send(event(2, "pay_b"), message_id="evt_b2")
    assert receiver.send(event(1, "pay_b"), message_id="evt_b1")[1]["verdict"] == "older than what is known"
    assert receiver.send(event(1, "pay_c"), message_id="evt_c1")[1]["verdict"] == "new"


def test_either_secret_is_taken_while_secrets_are_changed(receiver):
    status, _ = receiver.send(event(1, "pay_d"), message_id="evt_d", secrets=[new_secret(), receiver.secret])
    assert status == 200


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"secrets": [new_secret()]}, "No signature fits."),
        ({"tamper": b" "}, "No signature fits."),
        ({"age": 400}, "The timestamp is missing or too old."),
        ({"age": -400}, "The timestamp is missing or too old."),
    ],
)
def test_what_is_not_genuine_is_refused(receiver, bad, reason):
    assert receiver.send(event(1, "pay_e"), **bad) == (401, {"verdict": "refused", "reason": reason})
