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
    SubscriptionCharge,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)

PRICE = Money(1299, "EUR")
PART = Money(500, "EUR")
DECLINES = {
    "insufficient_funds": (DeclineReason.INSUFFICIENT_FUNDS, True),
    "expired_card": (DeclineReason.EXPIRED_CARD, False),
    "token_revoked": (DeclineReason.TOKEN_REVOKED, False),
    "authentication_required": (DeclineReason.AUTHENTICATION_REQUIRED, True),
}
SUBSCRIPTIONS = {
    "incomplete": (SubscriptionStatus.PENDING, Outcome.PENDING),
    "active": (SubscriptionStatus.ACTIVE, Outcome.SUCCEEDED),
    "past_due": (SubscriptionStatus.PAST_DUE, Outcome.SUCCEEDED),
    "completed": (SubscriptionStatus.EXPIRED, Outcome.EXPIRED),
    "cancelled": (SubscriptionStatus.CANCELED, Outcome.CANCELLED),
    "abandoned": (SubscriptionStatus.CANCELED, Outcome.CANCELLED),
}
TOKENS = {
    "waiting": SubscriptionStatus.PENDING,
    "active": SubscriptionStatus.ACTIVE,
    "revoked": SubscriptionStatus.CANCELED,
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
        attempt_reference=shown["metadata"].get("hub_attempt", ""),
        account=shown["account"],
        live=False,
        decline=decline,
        action=action,
        occurred_at=datetime.fromisoformat(shown["created"]),
        raw_status=word or shown["status"],
        subscription=_short(shown["subscription"], shown["saved_token"]),
        charge=_charge(shown["subscription"]),
    )


def _short(whole: Mapping[str, Any] | None, kept: Mapping[str, Any] | None) -> SubscriptionState | None:
    if whole is not None:
        return SubscriptionState(whole["id"], SUBSCRIPTIONS[whole["status"]][0], _at(whole["next_charge_at"]))
    return SubscriptionState(kept["id"], TOKENS[kept["status"]]) if kept is not None else None


def _charge(whole: Mapping[str, Any] | None) -> SubscriptionCharge | None:
    if whole is None:
        return None
    return SubscriptionCharge(
        whole["id"], f"{whole['id']}-{whole['sequence']}", whole["sequence"], _at(whole["due_at"])
    )


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def subscription(shown: Mapping[str, Any]) -> Verdict:
    """Say what a subscription that Sandpay shows must be heard as."""
    status, outcome = SUBSCRIPTIONS[shown["status"]]
    return Verdict(
        Subject.SUBSCRIPTION,
        outcome,
        references=(Reference("subscription", shown["id"]),),
        account=shown["account"],
        live=False,
        occurred_at=_at(shown["created"]),
        raw_status=shown["status"],
        subscription=SubscriptionState(
            shown["id"],
            status,
            next_charge_at=_at(shown["next_charge_at"]),
            money=Money(shown["amount"], shown["currency"]),
            interval=shown["interval"].upper(),
            interval_count=shown["interval_count"],
            charges=shown["paid_charges"],
            ends_at=_at(shown["ends_at"]),
            cancel_at_period_end=shown["cancel_at_period_end"],
        ),
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
