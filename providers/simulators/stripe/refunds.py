"""Refunds and disputes."""

from typing import Any

from . import problems
from .intents import whole
from .store import Account, Thing, listed, new_id, now


def create(account: Account, given: dict[str, Any]) -> Thing:
    """Give money back. The token that was charged tells how it goes."""
    if "payment_intent" not in given:
        raise problems.lacking("payment_intent")
    intent = account.find("intent", given["payment_intent"])
    if intent["status"] != "succeeded":
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise problems.Problem(400, message, code="payment_intent_unexpected_state")
    left = intent["amount_received"] - refunded(account, intent["id"])
    if left == 0:
        raise problems.Problem(400, "The charge has already been refunded.", code="charge_already_refunded")
    amount = whole(given, "amount") if "amount" in given else left
    if not 1 <= amount <= left:
        raise problems.wrong("amount", f"Refund amount ({amount}) is greater than unrefunded amount ({left}).", "")
    refund = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "charge": intent["latest_charge"],
        "created": now(),
        "currency": intent["currency"],
        "metadata": given.get("metadata", {}),
        "payment_intent": intent["id"],
        "reason": given.get("reason"),
        "status": "pending" if intent["payment_method"] == "pm_card_pendingRefund" else "succeeded",
    }
    if intent["payment_method"] == "pm_card_refundFail":
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    account.refunds[refund["id"]] = refund
    account.tell("refund.created", refund)
    return refund


def refunded(account: Account, intent_id: str) -> int:
    """Add up what went back, or is on its way."""
    mine = [each for each in account.refunds.values() if each["payment_intent"] == intent_id]
    return sum(each["amount"] for each in mine if each["status"] not in ("failed", "canceled"))


def settle(account: Account, refund: Thing, *, success: bool) -> None:
    """End a pending refund."""
    if success:
        refund["status"] = "succeeded"
        account.tell("refund.updated", refund)
    else:
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        account.tell("refund.failed", refund)


def newest(account: Account, given: dict[str, Any]) -> Thing:
    """List refunds."""
    wanted, after = given.get("payment_intent"), given.get("starting_after")
    found = [each for each in account.refunds.values() if wanted is None or each["payment_intent"] == wanted]
    if after is not None:
        found = found[: [each["id"] for each in found].index(after)]
    return listed(found, "/v1/refunds", int(given.get("limit", 10)))


def dispute(account: Account, intent: Thing, status: str) -> Thing:
    """Let the cardholder dispute a charge, or let the bank decide about it."""
    known = next((each for each in account.disputes.values() if each["payment_intent"] == intent["id"]), None)
    if known is None:
        known = {
            "id": new_id("dp"),
            "object": "dispute",
            "amount": intent["amount_received"],
            "charge": intent["latest_charge"],
            "created": now(),
            "currency": intent["currency"],
            "livemode": account.live,
            "metadata": {},
            "payment_intent": intent["id"],
            "reason": "fraudulent",
        }
        account.disputes[known["id"]] = known
    known["status"] = status
    account.tell("charge.dispute.closed" if status in ("won", "lost") else "charge.dispute.created", known)
    return known
