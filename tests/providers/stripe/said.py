"""What the hub asks of Stripe, and what it must hear of the objects that Stripe shows."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from paymenthub.kernel.money import Money
from providers.types import (
    Action,
    Buyer,
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
BAD_CARD = "Your card was declined."
DECLINES = {
    "generic_decline": (DeclineReason.CARD_DECLINED, True),
    "insufficient_funds": (DeclineReason.INSUFFICIENT_FUNDS, True),
    "expired_card": (DeclineReason.EXPIRED_CARD, False),
    "authentication_required": (DeclineReason.AUTHENTICATION_REQUIRED, True),
}

SUBSCRIPTIONS = {
    "trialing": (SubscriptionStatus.ACTIVE, Outcome.SUCCEEDED),
    "active": (SubscriptionStatus.ACTIVE, Outcome.SUCCEEDED),
    "past_due": (SubscriptionStatus.PAST_DUE, Outcome.SUCCEEDED),
    "canceled": (SubscriptionStatus.CANCELED, Outcome.CANCELLED),
}


def pay_request(money: Money = PRICE, data: Mapping[str, Any] | None = None, **over: Any) -> PayRequest:
    """Make a request of the hub's."""
    made: dict[str, Any] = {
        "money": money,
        "method": "credit-cards",
        "shop_reference": f"order-{uuid.uuid4().hex[:12]}",
        "return_url": "https://hub.example/return/1",
        "cancel_url": "https://hub.example/return/1",
        "notification_url": "https://hub.example/c/1",
        "description": "Two tickets",
        "locale": "it-IT",
        "buyer": Buyer(email="buyer@shop.example"),
        "provider_data": data or {},
    }
    return PayRequest(**made | over)


def known(thing: Mapping[str, Any]) -> tuple[Reference, ...]:
    """Name a payment as the hub has learned it from its creation."""
    return (Reference("session" if thing["object"] == "checkout.session" else "intent", thing["id"]),)


def fetch(thing: Mapping[str, Any]) -> FetchRequest:
    """Ask about a payment."""
    return FetchRequest(known(thing), "order-1", PRICE)


def refund_request(thing: Mapping[str, Any], money: Money) -> RefundRequest:
    """Ask for money back."""
    return RefundRequest(money, known(thing), "order-1", f"rf_{uuid.uuid4().hex}")


def intent(shown: Mapping[str, Any], outcome: Outcome, word: str = "") -> Verdict:
    """Say what a PaymentIntent must be heard as."""
    error = shown["last_payment_error"]
    step = shown["next_action"]
    reached = {Outcome.SUCCEEDED: "amount_received", Outcome.AUTHORIZED: "amount_capturable"}.get(outcome, "amount")
    return Verdict(
        Subject.PAYMENT,
        outcome,
        Money(shown[reached], shown["currency"].upper()),
        cumulative=True,
        references=(Reference("intent", shown["id"]),),
        attempt_reference=shown["metadata"]["hub_attempt"],
        live=False,
        decline=_decline(error) if outcome is Outcome.DECLINED else None,
        action=Action(step["redirect_to_url"]["url"]) if outcome is Outcome.ACTION_REQUIRED else None,
        occurred_at=_at(shown["created"]),
        raw_status=word or shown["status"],
        subscription=_kept(shown, outcome),
    )


def _kept(shown: Mapping[str, Any], outcome: Outcome) -> SubscriptionState | None:
    if shown["setup_future_usage"] is None:
        return None
    if outcome is Outcome.SUCCEEDED:
        return SubscriptionState(f"{shown['customer']}.{shown['payment_method']}", SubscriptionStatus.ACTIVE)
    return SubscriptionState("", SubscriptionStatus.PENDING)


def subscription(shown: Mapping[str, Any]) -> Verdict:
    """Say what a subscription must be heard as."""
    status, outcome = SUBSCRIPTIONS[shown["status"]]
    item = shown["items"]["data"][0]
    goes_on = outcome is Outcome.SUCCEEDED and not shown["cancel_at_period_end"]
    return Verdict(
        Subject.SUBSCRIPTION,
        outcome,
        references=(Reference("subscription", shown["id"]),),
        live=False,
        occurred_at=_at(shown["created"]),
        raw_status=shown["status"],
        subscription=SubscriptionState(
            shown["id"],
            status,
            next_charge_at=_at(item["current_period_end"]) if goes_on else None,
            money=Money(item["price"]["unit_amount"], shown["currency"].upper()),
            interval=item["price"]["recurring"]["interval"].upper(),
            interval_count=item["price"]["recurring"]["interval_count"],
            ends_at=_at(shown["cancel_at"]) if shown["cancel_at"] else None,
            cancel_at_period_end=shown["cancel_at_period_end"],
        ),
    )


def invoice(shown: Mapping[str, Any], outcome: Outcome, decline: Decline | None = None) -> Verdict:
    """Say what an invoice of a subscription must be heard as."""
    intent_id = shown["payments"]["data"][0]["payment"]["payment_intent"]
    token = shown["parent"]["subscription_details"]["subscription"]
    due_at = _at(shown["lines"]["data"][0]["period"]["start"])
    return Verdict(
        Subject.PAYMENT,
        outcome,
        Money(shown["amount_due"], shown["currency"].upper()),
        cumulative=True,
        references=(Reference("invoice", shown["id"]), Reference("intent", intent_id)),
        live=False,
        decline=decline,
        occurred_at=_at(shown["created"]),
        raw_status=shown["status"],
        charge=SubscriptionCharge(token, shown["id"], due_at=due_at),
    )


def refused(shown: Mapping[str, Any]) -> Verdict:
    """Say what a charge that is refused at once must be heard as."""
    return Verdict(
        Subject.PAYMENT,
        Outcome.DECLINED,
        Money(shown["amount"], shown["currency"].upper()),
        references=(Reference("intent", shown["id"]),),
        attempt_reference=shown["metadata"]["hub_attempt"],
        decline=_decline(shown["last_payment_error"]),
        raw_status=shown["last_payment_error"]["code"],
    )


def session(shown: Mapping[str, Any], outcome: Outcome, word: str = "") -> Verdict:
    """Say what a Checkout Session must be heard as, where only it is read."""
    named = [Reference("session", shown["id"])]
    if shown["payment_intent"]:
        named.append(Reference("intent", shown["payment_intent"]))
    waits = outcome is Outcome.ACTION_REQUIRED
    return Verdict(
        Subject.PAYMENT,
        outcome,
        Money(shown["amount_total"], shown["currency"].upper()),
        cumulative=True,
        references=tuple(named),
        attempt_reference=shown["metadata"]["hub_attempt"],
        live=False,
        action=Action(shown["url"], expires_at=_at(shown["expires_at"])) if waits else None,
        occurred_at=_at(shown["created"]),
        raw_status=word or f"{shown['status']}/{shown['payment_status']}",
        subscription=SubscriptionState("", SubscriptionStatus.PENDING) if shown["mode"] == "subscription" else None,
    )


def capture(shown: Mapping[str, Any]) -> Verdict:
    """Say what a captured intent must be heard as, when it was captured by the hub."""
    return Verdict(
        Subject.CAPTURE,
        Outcome.SUCCEEDED,
        Money(shown["amount_received"], shown["currency"].upper()),
        cumulative=True,
        references=(Reference("charge", shown["latest_charge"]),),
        parent=(Reference("intent", shown["id"]),),
        attempt_reference=shown["metadata"].get("hub_capture", ""),
        live=False,
        raw_status="succeeded",
    )


def refund(shown: Mapping[str, Any], outcome: Outcome, live: bool | None = None) -> Verdict:
    """Say what a refund must be heard as."""
    failed = outcome is Outcome.DECLINED
    marks = shown["metadata"]
    return Verdict(
        Subject.REFUND,
        outcome,
        Money(shown["amount"], shown["currency"].upper()),
        references=(Reference("refund", shown["id"]),),
        parent=(Reference("intent", shown["payment_intent"]), Reference("charge", shown["charge"])),
        attempt_reference=marks.get("hub_attempt") or marks.get("hub_refund") or "",
        live=live,
        decline=Decline(DeclineReason.OTHER, code=shown["failure_reason"]) if failed else None,
        occurred_at=_at(shown["created"]),
        raw_status=shown["status"],
    )


def link(shown: Mapping[str, Any], outcome: Outcome, money: Money | None = None) -> Verdict:
    """Say what a Payment Link must be heard as."""
    return Verdict(
        Subject.PAYMENT,
        outcome,
        money,
        references=(Reference("link", shown["id"]),),
        attempt_reference=shown["metadata"]["hub_attempt"],
        live=False,
        action=Action(shown["url"]) if outcome is Outcome.ACTION_REQUIRED else None,
        raw_status="active" if shown["active"] else "inactive",
    )


def dispute(shown: Mapping[str, Any], outcome: Outcome) -> Verdict:
    """Say what a dispute must be heard as."""
    return Verdict(
        Subject.CHARGEBACK,
        outcome,
        Money(shown["amount"], shown["currency"].upper()),
        references=(Reference("dispute", shown["id"]),),
        parent=(Reference("intent", shown["payment_intent"]), Reference("charge", shown["charge"])),
        live=False,
        occurred_at=_at(shown["created"]),
        raw_status=shown["status"],
    )


def _decline(error: Mapping[str, Any]) -> Decline:
    reason, again = DECLINES[error["decline_code"]]
    return Decline(reason, code=error["decline_code"], message=BAD_CARD, may_retry=again)


def _at(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
