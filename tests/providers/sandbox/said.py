"""What the hub asks of Sandpay, and what it must hear of the objects that Sandpay shows."""

import ast
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from paymenthub.kernel.money import Money
from providers.types import (
    Action,
    CancelRequest,
    Decline,
    DeclineReason,
    FetchRequest,
    Outcome,
    PayRequest,
    Reference,
    RefundRequest,
    Subject,
    Verdict,
)

PRICE = Money(1299, "EUR")
PART = Money(500, "EUR")
DECLINES = {
    "insufficient_funds": (DeclineReason.INSUFFICIENT_FUNDS, True),
    "expired_card": (DeclineReason.EXPIRED_CARD, False),
}


def pay_request(money: Money, data: Mapping[str, Any], reference: str = "") -> PayRequest:
    """Make a request of the hub's."""
    return PayRequest(
        money=money,
        method="credit-cards",
        shop_reference=reference or f"order-{uuid.uuid4().hex[:12]}",
        return_url="https://hub.example/return/1",
        cancel_url="https://hub.example/return/1",
        notification_url="https://hub.example/c/1",
        description="Two tickets",
        provider_data=data,
    )


def cancel(made: Mapping[str, Any]) -> CancelRequest:
    """Ask to end a payment."""
    return CancelRequest((Reference("payment", made["id"]),), made["reference"])


def fetch(made: Mapping[str, Any]) -> FetchRequest:
    """Ask about a payment."""
    return FetchRequest((Reference("payment", made["id"]),), made["reference"], PRICE)


def fetch_refund(given: Mapping[str, Any]) -> FetchRequest:
    """Ask about a refund."""
    references = (Reference("refund", given["id"]), Reference("payment", given["payment"]))
    return FetchRequest(references, "order", PART)


def refund_request(made: Mapping[str, Any], money: Money) -> RefundRequest:
    """Ask for money back."""
    return RefundRequest(money, (Reference("payment", made["id"]),), made["reference"], f"rf_{uuid.uuid4().hex}")


def payment(shown: Mapping[str, Any], outcome: Outcome, word: str = "") -> Verdict:
    """Say what a payment that Sandpay shows must be heard as."""
    decline = action = None
    if outcome is Outcome.DECLINED:
        reason, again = DECLINES[shown["decline_code"]]
        decline = Decline(reason, code=shown["decline_code"], may_retry=again)
    if outcome is Outcome.ACTION_REQUIRED:
        action = Action(shown["checkout_url"], expires_at=datetime.fromisoformat(shown["expires_at"]))
    reached = {Outcome.SUCCEEDED: "amount_captured", Outcome.AUTHORIZED: "amount_authorized"}.get(outcome, "amount")
    return Verdict(
        Subject.PAYMENT,
        outcome,
        Money(shown[reached], shown["currency"]),
        cumulative=True,
        references=(
            Reference("payment", shown["id"]),
            *((Reference("link", shown["link"]),) if shown["link"] else ()),
        ),
        attempt_reference=shown["metadata"]["hub_attempt"],
        account=shown["account"],
        live=False,
        decline=decline,
        action=action,
        occurred_at=datetime.fromisoformat(shown["created"]),
        raw_status=word or shown["status"],
    )


def refund(shown: Mapping[str, Any], outcome: Outcome) -> Verdict:
    """Say what a refund that Sandpay shows must be heard as."""
    failed = outcome is Outcome.DECLINED
    return Verdict(
        Subject.REFUND,
        outcome,
        Money(shown["amount"], shown["currency"]),
        references=(Reference("refund", shown["id"]),),
        parent=(Reference("payment", shown["payment"]),),
        attempt_reference=shown["reference"] or "",
        account=shown["account"],
        live=False,
        decline=Decline(DeclineReason.OTHER, code=shown["failure_code"]) if failed else None,
        occurred_at=datetime.fromisoformat(shown["created"]),
        raw_status=shown["status"],
    )


def told(shown: Mapping[str, Any], outcome: Outcome, word: str = "") -> tuple[Verdict, ...]:
    """Say what a fetch of a payment must bring: itself, its captures, its refunds."""
    captures = (
        Verdict(
            Subject.CAPTURE,
            Outcome.SUCCEEDED,
            Money(part["amount"], part["currency"]),
            references=(Reference("capture", part["id"]),),
            parent=(Reference("payment", shown["id"]),),
            attempt_reference=part["reference"] or "",
            account=shown["account"],
            live=False,
            occurred_at=datetime.fromisoformat(part["created"]),
            raw_status="succeeded",
        )
        for part in shown["captures"]
    )
    refunds = (refund(part, Outcome.SUCCEEDED) for part in shown["refunds"])
    return (payment(shown, outcome, word), *captures, *refunds)


def words_in(source: Path) -> set[str]:
    """Return every status word that Sandpay's code can give a payment."""
    tree = ast.parse(source.read_text())
    given = {k.value for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords if k.arg == "status"}
    made = {
        value
        for n in ast.walk(tree)
        if isinstance(n, ast.Dict)
        for key, value in zip(n.keys, n.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "status"
    }
    return {node.value for node in given | made if isinstance(node, ast.Constant)} - {"succeeded"}
