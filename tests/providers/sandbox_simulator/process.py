"""Start Sandpay as the process it is, and speak to it over HTTP only."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[3]
SECRET = "whsec_tests"
KEY = "sk_tests"
SETTLE = 0.2
DELAY = 0.5


class Sandpay:
    """One process; `stop` and `kill` end it, `start` starts it again on the same ports and file."""

    def __init__(self, db: Path, *extra: str) -> None:
        self._db = db
        self._extra = extra
        self._ports = ["--port", "0"]
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "providers.simulators.sandbox", *self._ports, "--db", str(self._db)]
        command += [
            "--settle-seconds",
            str(SETTLE),
            "--delay-seconds",
            str(DELAY),
            "--hold-seconds",
            "20",
            *self._extra,
        ]
        secret = {"SANDBOX_PSP_API_KEY": KEY, "SANDBOX_PSP_WEBHOOK_SECRET": SECRET}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **secret}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.first_line = self._process.stdout.readline()
        found = re.findall(r"http://127\.0\.0\.1:(\d+)", self.first_line)
        assert len(found) == 2, self.first_line
        self._ports = ["--port", found[0], "--control-port", found[1]]
        self.url = f"http://127.0.0.1:{found[0]}"
        self.control_url = f"http://127.0.0.1:{found[1]}"
        self.api = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=10, trust_env=False
        )
        self.desk = httpx.Client(
            base_url=self.control_url, headers={"Sandpay-Control": "1"}, timeout=10, trust_env=False
        )

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> tuple[int, str]:
        """End it gently; returns its exit status and all it printed after the first line."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> tuple[int, str]:
        if self._process is None:
            return 0, ""
        process, self._process = self._process, None
        process.send_signal(number)
        with contextlib.closing(self.api), contextlib.closing(self.desk):
            printed, _ = process.communicate(timeout=10)
        return process.returncode, printed

    def body(self, amount: int = 1299, **over: object) -> dict[str, object]:
        """Build a direct charge; `token=None` leaves it to the payment page."""
        body = {
            "amount": amount,
            "currency": "EUR",
            "reference": f"order-{uuid.uuid4().hex[:12]}",
            "method": "card",
            "capture": "automatic",
            "return_url": "http://shop.test/back?cart=7",
            "token": "tok_visa",
            **over,
        }
        return {name: value for name, value in body.items() if value is not None}

    def post(self, path: str, body: object = None, *, key: str | None = None, timeout: float = 10) -> httpx.Response:
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.api.post(path, json={} if body is None else body, headers=headers, timeout=timeout)

    def pay(self, amount: int = 1299, *, key: str | None = None, **over: object) -> httpx.Response:
        return self.post("/v1/payments", self.body(amount, **over), key=key)

    def payment(self, amount: int = 1299, **over: object) -> dict:
        answer = self.pay(amount, **over)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def fetch(self, payment_id: str) -> dict:
        return self.api.get(f"/v1/payments/{payment_id}").json()

    def by_reference(self, reference: object) -> list[dict]:
        return self.api.get("/v1/payments", params={"reference": str(reference)}).json()["data"]

    def ledger(self, reference: object) -> list[tuple[str, int]]:
        entries = self.api.get("/ledger", params={"reference": str(reference)}).json()["entries"]
        return [(entry["kind"], entry["amount"]) for entry in entries]

    def fault(self, operation: str, name: str, **more: object) -> None:
        answer = self.desk.post("/control/faults", json={"operation": operation, "fault": name, **more})
        assert answer.status_code == 201, answer.text

    def advance(self, seconds: float) -> None:
        assert self.desk.post("/control/clock", json={"advance_seconds": seconds}).status_code == 200
