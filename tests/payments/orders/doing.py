"""What the tests of orders share: commands, news, and the workers' part done at once."""

import uuid
from typing import Any

from paymenthub.kernel import clock, db
from paymenthub.kernel.money import Money
from payments.models import BusMessage, OrderIntent, Payment, Project
from payments.services.authorize_order import AuthorizeCommand, authorize_order
from payments.services.order_news import take_in
from payments.services.order_work import work

TOKEN = {"token": "tok_visa"}
NOW = "2026-03-01T10:00:00Z"


def command(project: Project, **over: Any) -> AuthorizeCommand:
    fields: dict[str, Any] = {
        "project": project,
        "mode": "test",
        "cart_id": uuid.uuid4(),
        "money": Money(1299, "EUR"),
        "provider": "scripted",
        "method": "credit-cards",
        "provider_data": TOKEN,
    }
    return AuthorizeCommand(**fields | over)


def authorized(project: Project, **over: Any) -> OrderIntent:
    """An order that was authorised, with what a worker then did."""
    intent = authorize_order(command(project, **over)).intent
    settle(intent)
    return intent


def settle(intent: OrderIntent, *, rounds: int = 5) -> None:
    """Do the order's work as the relay hands it out, until nothing is due."""
    for _ in range(rounds):
        intent.refresh_from_db()
        if intent.work_due_at is None or intent.work_due_at > clock.now():
            return
        work(intent.id)
    intent.refresh_from_db()


def news(intent: OrderIntent, type: str, **data: Any) -> str:
    """Take a message in, and do what it asks for."""
    defaults: dict[str, Any] = {"orderId": str(intent.order_id)}
    if type in ("order-created", "order-confirmed"):
        defaults |= {"total": intent.amount, "currency": intent.currency}
    if type == "order-cancelled":
        defaults |= {"reason": "CUSTOMER_REQUESTED"}
    with db.durable():
        outcome = take_in(intent.id, type=type, data=defaults | data)
    settle(intent)
    return outcome


def payment_of(intent: OrderIntent) -> Payment:
    return Payment.objects.get(pk=intent.id)


def told(intent: OrderIntent) -> list[str]:
    return list(BusMessage.objects.filter(subject=intent.id).order_by("number").values_list("type", flat=True))


def data_of(intent: OrderIntent, type: str) -> dict[str, Any]:
    found: dict[str, Any] = BusMessage.objects.get(subject=intent.id, type=type).data
    return found
