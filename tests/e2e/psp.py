"""The sandbox PSP from outside: its ledger, its control desk, and its payment page as a customer sees it."""

import re
from pathlib import Path
from typing import Any

import httpx

from .waiting import until


class Psp:
    """What the other company says. `charges` is the truth that the hub is compared with."""

    def __init__(self, port: int, control_port: int, api_key: str) -> None:
        self.port = port
        self.desk = httpx.Client(
            base_url=f"http://127.0.0.1:{control_port}",
            headers={"Sandpay-Control": "1"},
            timeout=20,
            trust_env=False,
        )
        self._api = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=20,
            trust_env=False,
        )

    def close(self) -> None:
        self.desk.close()
        self._api.close()

    def payments(self, order: str) -> list[dict[str, Any]]:
        """Return the payments that the PSP has heard of for an order, newest first."""
        answer = self._api.get("/v1/payments", params={"reference": order})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def has_unread_requests(self) -> bool:
        """Tell whether bytes have arrived at the PSP's port that it has not read."""
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, _, state, queues, *_ = line.split()
            established, unread = state == "01", int(queues.partition(":")[2], 16)
            if established and unread and int(local.partition(":")[2], 16) == self.port:
                return True
        return False

    def charges(self, order: str) -> list[int]:
        """Return what was really taken for an order, entry by entry."""
        answer = self.desk.get("/ledger", params={"reference": order})
        assert answer.status_code == 200, answer.text
        return [entry["amount"] for entry in answer.json()["entries"] if entry["kind"] == "charge"]

    def moves(self, order: str) -> list[tuple[str, int]]:
        """Everything that was moved or held for an order, as the PSP's own ledger says."""
        entries = self.desk.get("/ledger", params={"reference": order}).json()["entries"]
        return [(entry["kind"], entry["amount"]) for entry in entries]

    def wait_for_charge(self, order: str) -> None:
        until(lambda: self.charges(order), f"the PSP has charged nothing for {order}")

    def fault(self, operation: str, name: str, order: str, **more: object) -> None:
        """Queue a fault for one order; once, unless `times` says otherwise."""
        body = {"operation": operation, "fault": name, "reference": order, **more}
        self._post("/control/faults", body)

    def taken(self, operation: str, name: str) -> int:
        """Return how often a fault took effect."""
        answer = self.desk.get("/control/faults")
        return int(answer.json()["counts"].get(operation, {}).get(name, 0))

    def clear_faults(self) -> None:
        assert self.desk.delete("/control/faults").status_code == 200

    def open_port(self, is_open: bool) -> None:
        """Let connections be taken, or refused."""
        self._post("/control/port", {"open": is_open})

    def pause_webhooks(self) -> None:
        self._post("/control/webhooks/pause")

    def resume_webhooks(self) -> None:
        self._post("/control/webhooks/resume")

    def act(self, payment_id: str, what: str, **more: object) -> None:
        """Do what the customer's bank does."""
        self._post(f"/control/payments/{payment_id}/{what}", more)

    def webhooks(self, payment_id: str) -> list[dict[str, Any]]:
        """Return the deliveries of a payment's webhooks, oldest first."""
        found: list[dict[str, Any]] = self.desk.get("/control/webhooks", params={"payment": payment_id}).json()["data"]
        return found

    def wait_delivered(self, payment_id: str, count: int = 1) -> None:
        """Wait until so many webhooks of a payment were taken with 2xx."""
        until(
            lambda: sum(hook["state"] == "delivered" for hook in self.webhooks(payment_id)) >= count,
            lambda: f"{count} delivered webhooks expected, there are {self.webhooks(payment_id)}",
        )

    def _post(self, path: str, body: object = None) -> None:
        answer = self.desk.post(path, json={} if body is None else body)
        assert answer.status_code in (200, 201), f"{path}: {answer.status_code} {answer.text}"


class Customer:
    """A browser with a customer in front of it."""

    def __init__(self) -> None:
        self._http = httpx.Client(timeout=20, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        self._http.close()

    def open(self, url: str) -> str:
        page = self._http.get(url, follow_redirects=True)
        assert page.status_code == 200, f"{page.status_code} {url}"
        return page.text

    def press(self, page_url: str, action: str, **fields: str) -> httpx.Response:
        """Send a form of the PSP's page: `action` is the button."""
        return self._http.post(page_url, data={"action": action, **fields})

    def pay(self, page_url: str, choice: str = "visa") -> str:
        """Choose a card, press Pay and return where the PSP sends the customer."""
        assert re.search(r"<form", self.open(page_url))
        answer = self.press(page_url, "pay", choice=choice)
        assert answer.status_code == 303, f"{answer.status_code}: {answer.text[:300]}"
        return answer.headers["Location"]

    def come_back(self, url: str) -> httpx.Response:
        """Follow the PSP's redirect to the hub."""
        return self._http.get(url)
