"""PaymentIntents: charge a token, hold, capture, cancel."""

from typing import Any

from . import problems
from .store import Account, Thing, listed, new_id, now

_DECLINES = {
    "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedLostCard": ("card_declined", "lost_card"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "expired_card"),
    "pm_card_chargeDeclinedProcessingError": ("processing_error", "processing_error"),
}
_AUTHENTICATED = ("pm_card_authenticationRequired", "pm_card_threeDSecure2Required")
_KNOWN = (
    "pm_card_visa",
    "pm_card_pendingRefund",
    "pm_card_refundFail",
    "pm_sim_processing",
    *_AUTHENTICATED,
    *_DECLINES,
)


def create(account: Account, given: dict[str, Any], page: str) -> Thing:
    """Make an intent and, with `confirm`, charge its token. `page` is where a customer would prove who they are."""
    token = given.get("payment_method")
    behaviour = _behaviour(account, token, given.get("customer")) if token is not None else ""
    intent = make(account, given)
    if given.get("confirm") == "true":
        intent["payment_method"] = token
        _confirm(account, intent, behaviour, off_session=given.get("off_session") == "true", given=given, page=page)
    return intent


def _behaviour(account: Account, token: str, customer: str | None) -> str:
    """Return the test token that tells what a charge does; a kept means is good for its own customer only."""
    means = account.means.get(token)
    if means is not None and customer is not None and means["customer"] == customer:
        return account.behaviours[token]
    if means is not None or token not in _KNOWN:
        raise problems.missing("PaymentMethod", token, param="payment_method")
    return token


def keep_means(account: Account, customer: str, behaviour: str) -> str:
    """Keep a card for later charges; `behaviour` is the test token that tells what they do."""
    means: Thing = {
        "id": new_id("pm"),
        "object": "payment_method",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "created": now(),
        "customer": customer,
        "livemode": account.live,
        "metadata": {},
        "type": "card",
    }
    account.means[means["id"]] = means
    account.behaviours[means["id"]] = behaviour
    return str(means["id"])


def detach(account: Account, means_id: str) -> Thing:
    """Take a means from its customer: it cannot be charged any more."""
    means = account.find("means", means_id)
    if means["customer"] is None:
        raise problems.Problem(400, "The payment method you provided is not attached to a customer.")
    means["customer"] = None
    return means


def try_off_session(account: Account, intent: Thing, behaviour: str) -> bool:
    """Charge an intent without its customer; tell whether it went well."""
    if behaviour in _AUTHENTICATED:
        decline(account, intent, "authentication_required", "authentication_required")
    elif behaviour in _DECLINES:
        decline(account, intent, *_DECLINES[behaviour])
    else:
        succeed(account, intent)
        return True
    return False


def make(account: Account, given: dict[str, Any]) -> Thing:
    """Make an intent that nobody has paid yet."""
    amount = whole(given, "amount")
    if amount < 1:
        raise problems.wrong("amount", "This value must be greater than or equal to 1.")
    intent = {
        "id": new_id("pi"),
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": given.get("capture_method", "automatic"),
        "confirmation_method": "automatic",
        "client_secret": f"{new_id('pi')}_secret_{new_id('x')}",
        "created": now(),
        "currency": given["currency"],
        "customer": given.get("customer"),
        "description": given.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": account.live,
        "metadata": given.get("metadata", {}),
        "next_action": None,
        "payment_method": None,
        "setup_future_usage": given.get("setup_future_usage"),
        "payment_method_types": given.get("allowed_payment_method_types", ["card"]),
        "status": "requires_payment_method",
    }
    account.intents[intent["id"]] = intent
    return intent


def _confirm(
    account: Account, intent: Thing, token: str, *, off_session: bool, given: dict[str, Any], page: str
) -> None:
    if token in _AUTHENTICATED and off_session:
        decline(account, intent, "authentication_required", "authentication_required")
    elif token in _AUTHENTICATED:
        address = {"return_url": given.get("return_url", ""), "url": f"{page}/{intent['id']}"}
        intent |= {
            "status": "requires_action",
            "next_action": {"type": "redirect_to_url", "redirect_to_url": address},
        }
        return
    elif token in _DECLINES:
        decline(account, intent, *_DECLINES[token])
    elif token == "pm_sim_processing":  # noqa: S105 - a test token
        intent["status"] = "processing"
        return
    else:
        succeed(account, intent)
        return
    raise problems.declined(intent)


def succeed(account: Account, intent: Thing) -> None:
    """Let the money come, or be held."""
    intent |= {"latest_charge": new_id("ch"), "next_action": None, "last_payment_error": None}
    if intent["capture_method"] == "manual":
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        account.tell("payment_intent.amount_capturable_updated", intent)
    else:
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        account.tell("payment_intent.succeeded", intent)


def decline(account: Account, intent: Thing, code: str, decline_code: str) -> None:
    """Let the bank say no."""
    error = {
        "type": "card_error",
        "code": code,
        "decline_code": decline_code,
        "message": "Your card was declined.",
        "charge": new_id("ch"),
    }
    intent |= {"status": "requires_payment_method", "next_action": None, "last_payment_error": error}
    intent["latest_charge"] = error["charge"]
    account.tell("payment_intent.payment_failed", intent)


def capture(account: Account, intent_id: str, given: dict[str, Any]) -> Thing:
    """Take held money."""
    intent = account.find("intent", intent_id)
    if intent["status"] != "requires_capture":
        raise problems.unexpected_state(intent, "captured")
    if given.get("final_capture") == "false":
        raise problems.wrong("final_capture", "Multicapture is not available for this PaymentIntent.", "not_available")
    amount = whole(given, "amount_to_capture") if "amount_to_capture" in given else intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        raise problems.wrong("amount_to_capture", "The amount is above what can be captured.", "amount_too_large")
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    intent["metadata"] = intent["metadata"] | given.get("metadata", {})
    account.tell("payment_intent.succeeded", intent)
    return intent


def cancel(account: Account, intent_id: str, given: dict[str, Any]) -> Thing:
    """Release held money."""
    intent = account.find("intent", intent_id)
    if intent["status"] in ("succeeded", "canceled"):
        raise problems.unexpected_state(intent, "canceled")
    if any(s["payment_intent"] == intent_id and s["status"] == "open" for s in account.sessions.values()):
        raise problems.wrong("intent", "Expire its Checkout Session instead.", "payment_intent_unexpected_state")
    intent |= {"status": "canceled", "amount_capturable": 0, "canceled_at": now(), "next_action": None}
    intent["cancellation_reason"] = given.get("cancellation_reason")
    account.tell("payment_intent.canceled", intent)
    return intent


def newest(account: Account, given: dict[str, Any]) -> Thing:
    """List intents."""
    return listed(list(account.intents.values()), "/v1/payment_intents", int(given.get("limit", 10)))


def whole(given: dict[str, Any], name: str) -> int:
    """Read an integer. Raises `Problem`."""
    if name not in given:
        raise problems.lacking(name)
    if not str(given[name]).isascii() or not str(given[name]).isdigit():
        raise problems.wrong(name, f"Invalid integer: {given[name]}")
    return int(given[name])
