"""Notifications of the sandbox PSP: `Sandpay-Signature: t=<unix>,v1=<hex hmac-sha256(secret, "{t}." + body)>`."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from paymenthub.kernel.money import MoneyError
from providers.errors import OutcomeUnknown, WebhookRejected
from providers.types import EventsPage, InboundRequest, Notification, Outcome, Reference, Subject, Verdict

from . import subscriptions
from .mapping import claims, decode_payment, decode_refund, moment, money

CHARGEBACKS = {"chargeback.opened": Outcome.SUCCEEDED, "chargeback.won": Outcome.REVERSED}


def verify(request: InboundRequest, secrets: Iterable[str], tolerance: timedelta) -> None:
    """Check the signature over the raw bytes, and its time on both sides. Raises `WebhookRejected`."""
    stamp, given = "", []
    for part in request.headers.get("sandpay-signature", "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            stamp = value
        elif name == "v1":
            given.append(value)
    if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 12 or not given:
        raise WebhookRejected("The signature header is missing or malformed.")
    if abs(request.received_at.timestamp() - int(stamp)) > tolerance.total_seconds():
        raise WebhookRejected("The signature's time is too far from ours.")
    signed = stamp.encode() + b"." + request.body
    for secret in secrets:
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        if any(hmac.compare_digest(expected.encode(), candidate.encode()) for candidate in given):
            return
    raise WebhookRejected("The signature does not match.")


def read(request: InboundRequest) -> Notification:
    """Read a verified notification; a type that is not known is acknowledged with no verdict."""
    try:
        event = json.loads(request.body)
    except ValueError as error:
        raise WebhookRejected(f"The notification cannot be read ({type(error).__name__}).") from None
    return read_event(event)


def read_event(event: Any) -> Notification:
    """Read an event, as a notification brings it and as the list of events holds it. Raises `WebhookRejected`."""
    try:
        kind, key, thing = str(event["type"]), str(event["id"]), event["data"]["object"]
    except (KeyError, TypeError) as error:
        raise WebhookRejected(f"The notification cannot be read ({type(error).__name__}).") from None
    try:
        return Notification(key=key, type=kind, verdicts=_verdicts(kind, thing, event))
    except (OutcomeUnknown, MoneyError, ValueError, KeyError, TypeError) as error:
        raise WebhookRejected(f"The notification cannot be understood ({type(error).__name__}).") from None


def read_page(listed: list[Any], *, has_more: bool) -> EventsPage:
    """Read a page of the list of events; the cursor of the next one is the id of its last event."""
    told, unreadable = [], []
    for event in listed:
        try:
            told.append(read_event(event))
        except WebhookRejected:
            unreadable.append(_id_of(event))
    return EventsPage(tuple(told), _id_of(listed[-1]) if listed and has_more else "", tuple(unreadable))


def _id_of(event: Any) -> str:
    return str(event.get("id") or "?") if isinstance(event, dict) else "?"


def _verdicts(kind: str, thing: dict[str, Any], event: dict[str, Any]) -> tuple[Verdict, ...]:
    if kind in CHARGEBACKS:
        chargeback = event["data"]["chargeback"]
        return (
            Verdict(
                subject=Subject.CHARGEBACK,
                outcome=CHARGEBACKS[kind],
                money=money(chargeback["amount"], chargeback["currency"]),
                references=(Reference("chargeback", str(chargeback["id"])),),
                parent=(Reference("payment", str(thing["id"])),),
                **claims(event),
                occurred_at=moment(event.get("created")),
            ),
        )
    if kind.startswith("payment."):
        return (decode_payment(thing),)
    if kind.startswith("subscription."):
        return (subscriptions.decode(thing),)
    if kind.startswith("refund."):
        return (decode_refund(thing),)
    return ()
