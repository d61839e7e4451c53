"""Stripe's notifications: `Stripe-Signature: t=<unix>,v1=<hex>[,v1=<hex>]`, one event a call, unordered and repeated."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import stripe
from stripe.checkout import Session

from providers.errors import WebhookRejected
from providers.types import (
    InboundRequest,
    Notification,
    Outcome,
    Reference,
    Subject,
    SubscriptionCharge,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)

from . import billing, mapping

_SESSION = ("completed", "async_payment_succeeded", "async_payment_failed", "expired")
_INTENT = ("succeeded", "payment_failed", "canceled", "amount_capturable_updated", "processing", "requires_action")
_REFUND = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
_INVOICE = ("paid", "payment_succeeded", "payment_failed", "voided", "marked_uncollectible")
_SUBSCRIPTION = ("created", "updated", "deleted", "paused", "resumed")
_KINDS = {
    "checkout.session": "session",
    "payment_intent": "intent",
    "charge": "charge",
}
_DISPUTE = ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")


def verify(request: InboundRequest, secrets: Iterable[str], tolerance: timedelta) -> None:
    """Check the signature over the raw bytes by the SDK, then its time on both sides of when it came in."""
    header = request.headers.get("stripe-signature", "")
    stamps = [part.strip()[2:] for part in header.split(",") if part.strip().startswith("t=")]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit()) or len(stamps[0]) > 12:
        raise WebhookRejected("The signature header is missing or malformed.")
    # The SDK would measure against this machine's clock, but a stored notification is read again much later.
    if abs(request.received_at.timestamp() - int(stamps[0])) > tolerance.total_seconds():
        raise WebhookRejected("The signature's time is too far from ours.")
    if not any(_matches(request.body, header, secret) for secret in secrets):
        raise WebhookRejected("The signature does not match.")


def _matches(body: bytes, header: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):  # TypeError: signature not of ASCII
        return False
    return True


def read(request: InboundRequest, account_id: str) -> Notification:
    """Read a verified notification. Its object only hints: a payment is read again before anything changes."""
    try:
        event = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise WebhookRejected(f"The notification cannot be read ({type(error).__name__}).") from None
    return read_event(event, account_id)


def read_event(event: Any, account_id: str) -> Notification:
    """Read an event, as a notification brings it and as the list of events holds it. Raises `WebhookRejected`."""
    try:
        kind, key, thing = str(event["type"]), str(event["id"]), event["data"]["object"]
        if event["object"] != "event" or not isinstance(thing, dict):
            raise ValueError(kind)
    except (ValueError, KeyError, TypeError) as error:
        raise WebhookRejected(f"The notification cannot be read ({type(error).__name__}).") from None
    told = str(event.get("account") or "")
    if told and account_id and told != account_id:
        raise WebhookRejected("The notification is about another connected account.")
    live = event.get("livemode") if isinstance(event.get("livemode"), bool) else None
    verdicts = tuple(replace(verdict, account=told, live=live) for verdict in _verdicts(kind, thing))
    return Notification(key=key, type=kind, verdicts=verdicts, reread=True)


def _verdicts(kind: str, thing: dict[str, Any]) -> tuple[Verdict, ...]:
    if kind == "charge.refunded":
        return _refunds_of(thing)
    reader = _READERS.get(kind)
    if reader is None or _is_of_an_invoice(kind, thing) or (kind.startswith("invoice.") and not _token_of(thing)):
        return ()
    try:
        return (reader(thing),)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        # An endpoint may speak an older version of the API than this driver: what it is about is enough of a hint.
        return _hinted(kind, thing)


def _refunds_of(charge: dict[str, Any]) -> tuple[Verdict, ...]:
    """Read the refunds inside a charge. Newer versions leave them out, and tell of each by an event of its own."""
    whole = {"payment_intent": charge.get("payment_intent"), "charge": charge.get("id")}
    try:
        inside = (charge.get("refunds") or {}).get("data") or []
        return tuple(_refund({**whole, **each}) for each in inside) or _hinted("charge.refunded", charge)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return _hinted("charge.refunded", charge)


def _hinted(kind: str, thing: Mapping[str, Any]) -> tuple[Verdict, ...]:
    if kind.startswith(("invoice.", "customer.subscription.")):
        return (_billing_hint(kind, thing),)
    hint = _hint(thing) if thing.get("object") in _KINDS else None
    if hint is None or not hint.references:
        raise WebhookRejected(f"The notification {kind[:64]} cannot be understood.")
    return (hint,)


def _hint(thing: Mapping[str, Any]) -> Verdict:
    """Say only what it is about."""
    marks = thing.get("metadata")
    named = ((_KINDS[str(thing["object"])], thing.get("id")), ("intent", thing.get("payment_intent")))
    return Verdict(
        Subject.PAYMENT,
        Outcome.PENDING,
        references=tuple(Reference(kind, value) for kind, value in named if isinstance(value, str) and value),
        attempt_reference=str(marks.get("hub_attempt") or "") if isinstance(marks, dict) else "",
    )


def _is_of_an_invoice(kind: str, thing: Mapping[str, Any]) -> bool:
    """Tell whether an intent is that of an invoice, which has an event of its own and names the subscription."""
    if not kind.startswith("payment_intent."):
        return False
    marks = thing.get("metadata")
    ours = isinstance(marks, dict) and bool(marks.get("hub_attempt"))
    return not ours and (bool(thing.get("invoice")) or str(thing.get("description") or "").startswith("Subscription "))


def _token_of(invoice: Mapping[str, Any]) -> str:
    """Name the subscription of an invoice; one without is none of the hub's."""
    try:
        return billing.subscription_of(stripe.Invoice.construct_from(dict(invoice), None))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return ""


def _billing_hint(kind: str, thing: Mapping[str, Any]) -> Verdict:
    """Say only which subscription it is about."""
    named = thing.get("id")
    if not isinstance(named, str) or not named:
        raise WebhookRejected(f"The notification {kind[:64]} cannot be understood.")
    if kind.startswith("invoice."):
        known = (Reference("invoice", named),)
        charge = SubscriptionCharge(_token_of(thing), named)
        return Verdict(Subject.PAYMENT, Outcome.PENDING, references=known, charge=charge)
    state = SubscriptionState(named, SubscriptionStatus.UNKNOWN)
    known = (Reference("subscription", named),)
    return Verdict(Subject.SUBSCRIPTION, Outcome.PENDING, references=known, subscription=state)


def _session(thing: dict[str, Any]) -> Verdict:
    return mapping.session(Session.construct_from(thing, None))


def _intent(thing: dict[str, Any]) -> Verdict:
    return mapping.intent(stripe.PaymentIntent.construct_from(thing, None))


def _refund(thing: dict[str, Any]) -> Verdict:
    return mapping.refund(stripe.Refund.construct_from(thing, None))


def _dispute(thing: dict[str, Any]) -> Verdict:
    return mapping.dispute(stripe.Dispute.construct_from(thing, None))


def _invoice(thing: dict[str, Any]) -> Verdict:
    return billing.invoice(stripe.Invoice.construct_from(thing, None))


def _subscription(thing: dict[str, Any]) -> Verdict:
    return billing.subscription(stripe.Subscription.construct_from(thing, None))


_READERS: dict[str, Callable[[dict[str, Any]], Verdict]] = {
    **{f"checkout.session.{word}": _session for word in _SESSION},
    **{f"payment_intent.{word}": _intent for word in _INTENT},
    **{f"charge.dispute.{word}": _dispute for word in _DISPUTE},
    **dict.fromkeys(_REFUND, _refund),
    **{f"invoice.{word}": _invoice for word in _INVOICE},
    **{f"customer.subscription.{word}": _subscription for word in _SUBSCRIPTION},
}
