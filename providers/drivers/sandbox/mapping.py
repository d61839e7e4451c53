"""Requests and answers of the sandbox PSP. Its amounts are minor units, as ours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from paymenthub.kernel.money import Money, MoneyError
from providers.errors import OutcomeUnknown
from providers.types import (
    Action,
    CaptureRequest,
    Decline,
    DeclineReason,
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

METHODS = {"credit-cards": "card", "wallet": "wallet", "direct-debit": "bank_debit"}
REFERENCE_LIMIT = 64

# An unseen word is PENDING: never a success, never a failure.
PAYMENT = {
    "awaiting_customer": Outcome.ACTION_REQUIRED,
    "processing": Outcome.PENDING,
    "authorized": Outcome.AUTHORIZED,
    "paid": Outcome.SUCCEEDED,
    "declined": Outcome.DECLINED,
    "cancelled": Outcome.CANCELLED,
    "expired": Outcome.EXPIRED,
}
REFUND = {
    "succeeded": Outcome.SUCCEEDED,
    "pending": Outcome.PENDING,
    "failed": Outcome.DECLINED,
    "reversed": Outcome.REVERSED,
}
CAPTURE = {"succeeded": Outcome.SUCCEEDED, "pending": Outcome.PENDING, "failed": Outcome.DECLINED}
SUBSCRIPTION = {
    "incomplete": SubscriptionStatus.PENDING,
    "active": SubscriptionStatus.ACTIVE,
    "past_due": SubscriptionStatus.PAST_DUE,
    "completed": SubscriptionStatus.EXPIRED,
    "cancelled": SubscriptionStatus.CANCELED,
    "abandoned": SubscriptionStatus.CANCELED,
}
KEPT_TOKEN = {
    "waiting": SubscriptionStatus.PENDING,
    "active": SubscriptionStatus.ACTIVE,
    "revoked": SubscriptionStatus.CANCELED,
}
DECLINES = {
    "insufficient_funds": Decline(DeclineReason.INSUFFICIENT_FUNDS),
    "expired_card": Decline(DeclineReason.EXPIRED_CARD, may_retry=False),
    "do_not_honor": Decline(DeclineReason.CARD_DECLINED),
    "stolen_card": Decline(DeclineReason.STOLEN_CARD, may_retry=False),
    "token_revoked": Decline(DeclineReason.TOKEN_REVOKED, may_retry=False),
    "authentication_required": Decline(DeclineReason.AUTHENTICATION_REQUIRED),
    "authentication_failed": Decline(DeclineReason.AUTHENTICATION_FAILED),
    "processing_error": Decline(DeclineReason.PROCESSING_ERROR),
}


def encode_payment(request: PayRequest, attempt_reference: str, *, capture: str) -> dict[str, Any]:
    """Build the body of `POST /v1/payments`; the same request always makes the same body."""
    body: dict[str, Any] = {
        "amount": request.money.amount,
        "currency": request.money.currency,
        "reference": request.shop_reference,
        "method": METHODS[request.method],
        "capture": capture,
        "return_url": request.return_url,
        "cancel_url": request.cancel_url,
        "notification_url": request.notification_url,
        "metadata": {"hub_attempt": attempt_reference},
        **_about(request),
    }
    token = request.provider_data.get("token")
    if token is not None:
        body["token"] = token
    return body


def encode_link(request: PayRequest, attempt_reference: str) -> dict[str, Any]:
    """Build the body of `POST /v1/links`: a payment without a method, with an end of its own."""
    body: dict[str, Any] = {
        "amount": request.money.amount,
        "currency": request.money.currency,
        "reference": request.shop_reference,
        "return_url": request.return_url,
        "notification_url": request.notification_url,
        "metadata": {"hub_attempt": attempt_reference},
        **_about(request),
    }
    if request.expires_at is not None:
        body["expires_at"] = request.expires_at.isoformat()
    return body


def _about(request: PayRequest) -> dict[str, Any]:
    body: dict[str, Any] = {"description": request.description} if request.description else {}
    customer = {key: value for key, value in (("email", request.buyer.email), ("name", request.buyer.name)) if value}
    return body | ({"customer": customer} if customer else {})


def encode_capture(request: CaptureRequest, attempt_reference: str) -> dict[str, Any]:
    """Build the body of a capture."""
    return {"amount": request.money.amount, "final": request.final, "reference": attempt_reference}


def encode_refund(request: RefundRequest) -> dict[str, Any]:
    """Build the body of a refund."""
    body: dict[str, Any] = {"amount": request.money.amount, "reference": request.refund_reference}
    return body | ({"reason": request.reason} if request.reason else {})


def decode_payment(data: Any) -> Verdict:
    """Read a payment object. Raises `OutcomeUnknown` where it is not one."""
    try:
        return _payment(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknown(f"The provider's payment cannot be read ({type(error).__name__}).") from None


def decode_link(data: Any) -> Verdict:
    """Read a link: it is its payment that counts. Raises `OutcomeUnknown` where it is not one."""
    if not isinstance(data, dict) or data.get("object") != "link":
        raise OutcomeUnknown("The provider's link cannot be read.")
    return decode_payment(data.get("payment"))


def _payment(data: Mapping[str, Any]) -> Verdict:
    word = str(data["status"])
    outcome = PAYMENT.get(word, Outcome.PENDING)
    reached = {Outcome.SUCCEEDED: "amount_captured", Outcome.AUTHORIZED: "amount_authorized"}.get(outcome, "amount")
    return Verdict(
        subject=Subject.PAYMENT,
        outcome=outcome,
        money=money(data[reached], data["currency"]),
        cumulative=True,
        references=(Reference("payment", str(data["id"])), *_link(data)),
        attempt_reference=str((data.get("metadata") or {}).get("hub_attempt", "")),
        **claims(data),
        decline=_decline(data.get("decline_code")) if outcome is Outcome.DECLINED else None,
        action=_action(data) if outcome is Outcome.ACTION_REQUIRED else None,
        occurred_at=moment(data.get("created")),
        raw_status=word,
        subscription=_subscription(data),
        charge=_charge(data),
    )


def decode_capture(data: Any) -> Verdict:
    """Read a capture object. Raises `OutcomeUnknown` where it is not one."""
    try:
        word = str(data["status"])
        return Verdict(
            subject=Subject.CAPTURE,
            outcome=CAPTURE.get(word, Outcome.PENDING),
            money=money(data["amount"], data["currency"]),
            references=(Reference("capture", str(data["id"])),),
            parent=(Reference("payment", str(data["payment"])),),
            attempt_reference=str(data.get("reference") or ""),
            **claims(data),
            occurred_at=moment(data.get("created")),
            raw_status=word,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknown(f"The provider's capture cannot be read ({type(error).__name__}).") from None


def decode_refund(data: Any) -> Verdict:
    """Read a refund object. Raises `OutcomeUnknown` where it is not one."""
    try:
        word = str(data["status"])
        outcome = REFUND.get(word, Outcome.PENDING)
        return Verdict(
            subject=Subject.REFUND,
            outcome=outcome,
            money=money(data["amount"], data["currency"]),
            references=(Reference("refund", str(data["id"])),),
            parent=(Reference("payment", str(data["payment"])),),
            attempt_reference=str(data.get("reference") or ""),
            **claims(data),
            decline=_decline(data.get("failure_code")) if outcome is Outcome.DECLINED else None,
            occurred_at=moment(data.get("created")),
            raw_status=word,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknown(f"The provider's refund cannot be read ({type(error).__name__}).") from None


def money(amount: object, currency: object) -> Money:
    """Read an amount strictly. Raises ValueError."""
    if isinstance(amount, bool) or not isinstance(amount, int) or not isinstance(currency, str):
        raise ValueError("not an amount")
    try:
        return Money(amount, currency)
    except MoneyError as error:
        raise ValueError(str(error)) from None


def moment(text: object) -> datetime | None:
    """Read a time; None where there is none."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def claims(data: Mapping[str, Any]) -> dict[str, Any]:
    """Read whose it is and whether it is live, as the PSP claims it."""
    account, live = data.get("account"), data.get("live")
    return {"account": account if isinstance(account, str) else "", "live": live if isinstance(live, bool) else None}


def _subscription(data: Mapping[str, Any]) -> SubscriptionState | None:
    """Read the subscription that a payment is of, or the token that it leaves."""
    whole, kept = data.get("subscription"), data.get("saved_token")
    if isinstance(whole, dict):
        status = SUBSCRIPTION.get(str(whole["status"]), SubscriptionStatus.UNKNOWN)
        return SubscriptionState(str(whole["id"]), status, next_charge_at=moment(whole.get("next_charge_at")))
    if isinstance(kept, dict):
        return SubscriptionState(str(kept["id"]), KEPT_TOKEN.get(str(kept["status"]), SubscriptionStatus.UNKNOWN))
    return None


def _charge(data: Mapping[str, Any]) -> SubscriptionCharge | None:
    whole = data.get("subscription")
    if not isinstance(whole, dict):
        return None
    sequence = whole["sequence"]
    if isinstance(sequence, bool) or not isinstance(sequence, int):
        raise ValueError("not a number")
    return SubscriptionCharge(str(whole["id"]), str(whole["charge"]), sequence, moment(whole.get("due_at")))


def _link(data: Mapping[str, Any]) -> tuple[Reference, ...]:
    link = data.get("link")
    return (Reference("link", link),) if isinstance(link, str) and link else ()


def _decline(code: object) -> Decline:
    known = DECLINES.get(str(code or ""), Decline(DeclineReason.OTHER))
    return Decline(known.reason, code=str(code or ""), may_retry=known.may_retry)


def _action(data: Mapping[str, Any]) -> Action:
    return Action(
        redirect_url=str(data["checkout_url"]),
        redirect_url_mobile=str(data.get("checkout_url_mobile") or ""),
        expires_at=moment(data.get("expires_at")),
    )
