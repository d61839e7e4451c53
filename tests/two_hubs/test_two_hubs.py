"""Two installations, each with its own processes and database: A is the Flow Manager of B, B has the PSP. Over HTTP only."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import psycopg
import pytest

from paymenthub.setup.files import read_json
from tests.e2e import stack as stacks
from tests.e2e.psp import Customer, Psp
from tests.e2e.shop import new_order
from tests.e2e.stack import Stack, running_stack
from tests.e2e.waiting import until
from tests.payments.flow_manager.machines import sent_to

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]
LONG = 120.0  # seconds: two whole stacks on a small machine


@dataclass
class Hubs:
    """Both installations, the PSP behind B, and a checkout that speaks to A."""

    a: Stack
    b: Stack
    psp: Psp
    checkout: httpx.Client

    def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.checkout.post(path, json=body)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return dict(answer.json())

    def tell(self, saga: str, label: str, payload: dict[str, Any]) -> dict[str, Any]:
        return self.ask("/fm/event", {"key": saga, "value": {"messageLabel": label, "messagePayload": payload}})

    def create(self, order: str, amount: int) -> str:
        metadata = {"shopTransactionId": order, "amount": amount, "currency": "EUR", "type": "DIRECT"}
        return str(self.ask("/fm/saga", {"associatedEntityId": order, "metadata": metadata})["sagaId"])

    def schedule(self, saga: str, *, token: str | None) -> None:
        data = {"token": token} if token else {}
        pay = {"successRedirect": "http://127.0.0.1/ok", "failureRedirect": "http://127.0.0.1/ko", "providerData": data}
        self.tell(
            saga,
            "scheduleRequested",
            {"provider": "sandbox", "paymentMethod": "credit-cards", "payRequestData": pay},
        )

    def document(self, saga: str) -> dict[str, Any]:
        return dict(self.checkout.get(f"/fm-transactions/{saga}").json())

    def wait_for(self, saga: str, state: str) -> dict[str, Any]:
        until(
            lambda: self.document(saga).get("currentState") == state,
            lambda: f"{state} expected, {self.document(saga)}\nA:\n{self.a.tails()}\nB:\n{self.b.tails()}",
            seconds=LONG,
        )
        return self.document(saga)

    def ledgers(self, order: str) -> list[tuple[int, int, int]]:
        """What A, then B, has booked for an order: captured, given back, reserved."""
        found = []
        for hub in (self.a, self.b):
            with psycopg.connect(hub.servers.database_url) as connection:
                found += connection.execute(
                    "SELECT captured, refunded_by_us + refunded_elsewhere, refund_reserved FROM payments_payment"
                    " WHERE shop_transaction_id = %s",
                    [order],
                ).fetchall()
        return [tuple(row) for row in found]


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hubs]:
    folder = tmp_path_factory.mktemp("two")
    with running_stack(folder / "a") as a:
        project = a.demo["project"]
        key = a.manage("create_api_key", project, "--mode", "test", "--scope", "saga:drive", "--quiet")
        drive = key.strip().splitlines()[-1]
        told = {"FLOW_MANAGER_URL": f"{a.base_url}/fm", "FLOW_MANAGER_SECRET": drive, "BREAKER_PAUSE": "2"}
        with patch.dict(stacks.SHORT_TIMES, told), running_stack(folder / "b") as b:
            machine = Path(folder / "machine.json")
            machine.write_text(json.dumps(sent_to(b.base_url, b.demo["apiKey"])))
            a.manage("install_machine", str(machine), "--project", project)
            psp = Psp(b.ports.psp, b.ports.psp_control, str(read_json(b.layout.sandbox)["apiKey"]))
            checkout = httpx.Client(base_url=a.base_url, headers={"secret": drive}, timeout=30, trust_env=False)
            until(lambda: _is_installed(checkout), "A does not use the machine", seconds=30)
            yield Hubs(a, b, psp, checkout)
            checkout.close()
            psp.close()


def _is_installed(checkout: httpx.Client) -> bool:
    return str(checkout.get("/fm/machine-definition").json().get("name", "")).startswith("outside")


def test_a_payment_with_redirect_then_a_partial_and_the_total_refund(hubs: Hubs) -> None:
    order = new_order()
    saga = hubs.create(order, 1299)
    hubs.schedule(saga, token=None)
    pending = hubs.wait_for(saga, "PAYMENT_PENDING")
    page = pending["metadata"]["payRequestData"]["redirectToUrl"]

    customer = Customer()
    customer.come_back(customer.pay(page))
    customer.close()
    hubs.wait_for(saga, "PAYMENT_EXECUTED")
    assert hubs.psp.charges(order) == [1299]

    hubs.tell(saga, "refundRequested", {"refundRequestData": {"amount": 299}})
    hubs.wait_for(saga, "PARTIALLY_REFUNDED")
    hubs.tell(saga, "refundRequested", {"refundRequestData": {"amount": 1000}})
    done = hubs.wait_for(saga, "TOTALLY_REFUNDED")

    assert done["metadata"]["refundDetails"]["refundedAmounts"] == [299, 1000]
    assert hubs.ledgers(order) == [(1299, 1299, 0), (1299, 1299, 0)]
    assert sorted(amount for kind, amount in hubs.psp.moves(order) if kind == "refund") == [299, 1000]


def test_b_killed_while_it_pays_pays_once_and_tells_it(hubs: Hubs) -> None:
    order = new_order()
    hubs.psp.fault("pay", "delay", order, ms=2000)
    saga = hubs.create(order, 2500)
    hubs.schedule(saga, token="tok_visa")
    until(lambda: _has_attempt(hubs.b, order), "B has not begun", seconds=LONG)

    hubs.b.kill("worker", "relay", "web")
    hubs.b.start("worker", "relay", "web")
    hubs.wait_for(saga, "PAYMENT_EXECUTED")

    assert hubs.psp.charges(order) == [2500]
    assert hubs.ledgers(order) == [(2500, 0, 0), (2500, 0, 0)]


def _has_attempt(hub: Stack, order: str) -> bool:
    with psycopg.connect(hub.servers.database_url) as connection:
        statement = (
            "SELECT 1 FROM payments_attempt a JOIN payments_payment p ON p.id = a.payment_id"
            " WHERE p.shop_transaction_id = %s"
        )
        return connection.execute(statement, [order]).fetchone() is not None
