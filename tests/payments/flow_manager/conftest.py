"""An outside Flow Manager: it commands by HTTP, and keeps what it is told."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from payments.flow_manager.execute import run_command
from payments.flow_manager.tell import tell
from payments.models import FlowCommand, FlowCommandState, FlowEvent, Payment, Project, ProviderAccount
from payments.selectors import api_keys
from payments.services.merchants import create_api_key
from providers.types import Outcome
from tests import scripted
from tests.payments.api.conftest import OrderSystem
from tests.payments.outbound.conftest import receiver  # noqa: F401 - a fixture
from tests.payments.outbound.receiver import Receiver

SAGA = "payment4f1c0a52"


@dataclass
class FlowManager:
    """Sends commands with its key, and hears events at its own address."""

    api: OrderSystem
    heard: Receiver
    metadata: dict[str, Any] = field(default_factory=dict)

    def command(self, path: str, metadata: dict[str, Any], *, saga: str = SAGA, label: str = "paymentScheduled") -> Any:
        envelope = {"key": saga, "value": {"messageLabel": label, "messagePayload": metadata}}
        return self.api.post(f"/saga/{path}", envelope)

    def pay(self, *, saga: str = SAGA, **over: Any) -> Any:
        return self.command("pay", pay_metadata(**over), saga=saga)

    def refund(self, amount: int, *, saga: str = SAGA, history: dict[str, Any] | None = None, **named: str) -> Any:
        metadata = pay_metadata() | {"refundRequestData": {"amount": amount, **named}}
        if history is not None:
            metadata["refundDetails"] = history
        return self.command("refund", metadata, saga=saga, label="refundRequested")

    @property
    def events(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Saga, label and payload of everything that was taken, in its order."""
        bodies = [json.loads(request.body) for request in self.heard.received]
        return [(b["key"], b["value"]["messageLabel"], b["value"]["messagePayload"]) for b in bodies]

    @property
    def labels(self) -> list[str]:
        return [label for _, label, _ in self.events]


def pay_metadata(**over: Any) -> dict[str, Any]:
    """The saga's metadata as a Flow Manager sends it; None takes a field out."""
    metadata = {
        "shopTransactionId": "order-1001",
        "amount": 1299,
        "currency": "EUR",
        "type": "DIRECT",
        "provider": "scripted",
        "paymentMethod": "credit-cards",
        "payRequestData": {"successRedirect": "https://shop.example/ok", "providerData": {}},
        "additionalData": {"channel": "web", "buyer": {"id": "u1", "name": "Ada", "email": "ada@example.org"}},
    } | over
    return {name: value for name, value in metadata.items() if value is not None}


@pytest.fixture
def flow_manager(
    settings: Any,
    project: Project,
    account: ProviderAccount,
    receiver: Receiver,  # noqa: F811 - the fixture
) -> Iterator[FlowManager]:
    settings.FLOW_MANAGER_URL = receiver.url.removesuffix("/hook")
    settings.FLOW_MANAGER_SECRET = "fm-key"
    api_keys.forget()
    yield FlowManager(OrderSystem(create_api_key(project=project, mode="test", scopes=["saga:drive"]).secret), receiver)
    api_keys.forget()


def work() -> None:
    """Do what the workers would: run what waits, and tell what is to be told, until nothing is due."""
    for command in FlowCommand.objects.filter(state=FlowCommandState.WAITING).order_by("id"):
        run_command(command.id, tries=command.tries)
    tell_all()


def tell_all() -> None:
    for event in FlowEvent.objects.filter(taken_at=None).order_by("saga_id", "number"):
        tell(event.id, tries=event.tries)


def paid(script: Any, flow_manager: Any) -> Payment:
    """A payment that the Flow Manager has commanded, and whose refunds succeed."""
    script.pay = [scripted.payment(Outcome.SUCCEEDED)]
    script.refund = [
        lambda call, request: scripted.refund(
            Outcome.SUCCEEDED, request.money.amount, id=f"ref_{call.attempt_reference}"
        )
    ]
    assert flow_manager.pay().status_code == 200
    work()
    return Payment.objects.get()
