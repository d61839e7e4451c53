"""Say in plain words why a payment stands where it stands and what happens next, and how an account is set up.

Pure reads. What is said follows from amounts, attempts and the claim, never from the name of a state.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from paymenthub.kernel import clock
from paymenthub.kernel.crypto import SealBroken
from paymenthub.kernel.money import MoneyError, exponent
from payments.domain.attempt import PAYING, AttemptKind, AttemptState, ItemKind
from payments.domain.checkout import SWITCHED
from payments.models import Attempt, OperatorItem, Payment, ProviderAccount
from providers import registry

from . import accounts
from .status import Status, status_of

NOUN = {
    AttemptKind.PAY: "payment",
    AttemptKind.AUTHORIZE: "authorisation",
    AttemptKind.LINK: "payment link",
    AttemptKind.SUBSCRIPTION_SCHEDULE: "subscription's first payment",
    AttemptKind.SUBSCRIPTION_START: "subscription's first payment",
    AttemptKind.SUBSCRIPTION_PAY: "subscription's payment",
    AttemptKind.CAPTURE: "capture",
    AttemptKind.CANCEL: "cancellation",
    AttemptKind.CLOSE: "closing of the payment page",
    AttemptKind.EXPIRE: "closing of the payment page",
    AttemptKind.SWITCH: "closing of the payment page",
    AttemptKind.REFUND: "refund",
}
"""What every kind of attempt is called for people."""


class Tone(StrEnum):
    """How a sentence is to be shown."""

    GOOD = "good"
    WAITING = "waiting"
    DOUBT = "doubt"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a payment stands as it does and what happens next."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class FieldStanding:
    """One setting of a provider account: its name and whether it is set, never its value."""

    name: str
    help: str
    secret: bool
    required: bool
    is_set: bool


def explain(payment: Payment, attempts: Sequence[Attempt], items: Sequence[OperatorItem] = ()) -> Explanation:
    """Explain a payment by its attempts (oldest first) and its operator items; asks the database nothing."""
    provider = provider_name(payment.provider)
    undecided = [attempt for attempt in attempts if attempt.is_undecided]
    if undecided:
        tone, text = _undecided(payment, undecided[-1], provider, items)
        return Explanation(tone, f"{_taken(payment)} {text}" if payment.captured else text)
    if payment.captured:
        return _captured(payment, items)
    if status_of(payment) is Status.FAILED:
        return _failed(payment, attempts, provider)
    if payment.authorized:
        until = f" before {moment(payment.authorization_expires_at)}" if payment.authorization_expires_at else ""
        held = amount(payment.authorized, payment.currency)
        return Explanation(
            Tone.WAITING, f"{held} is held, not taken yet. The order system captures or cancels it{until}."
        )
    return _not_begun(payment, attempts, provider)


def provider_name(code: str) -> str:
    """Return a provider's name for people; its code where no driver knows it."""
    try:
        return registry.get(code).display_name
    except registry.UnknownProvider:
        return code


def explain_account(account: ProviderAccount) -> list[FieldStanding] | None:
    """List an account's settings by name and whether they are set; None where no key of the ring opens them."""
    try:
        config = accounts.opened(account).config
    except (SealBroken, json.JSONDecodeError):
        return None
    try:
        known = registry.get(account.provider).config_fields
    except registry.UnknownProvider:
        known = ()
    standing = [FieldStanding(f.name, f.help, f.secret, f.required, bool(config.get(f.name))) for f in known]
    others = sorted(set(config) - {field.name for field in known})
    # What no driver declares may be anything, so it counts as secret.
    return standing + [
        FieldStanding(name, "Not known to the driver.", True, False, bool(config[name])) for name in others
    ]


def amount(minor: int, currency: str) -> str:
    """Write an amount in minor units for people, such as `1,234.50 EUR`."""
    try:
        places = exponent(currency)
    except MoneyError:
        return f"{minor} {currency} (minor units)"
    sign, digits = ("−" if minor < 0 else ""), str(abs(minor)).rjust(places + 1, "0")
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    return f"{sign}{int(whole):,}{'.' + part if part else ''} {currency}"


def moment(at: datetime | None) -> str:
    """Write a moment for people, in UTC; today's without its date."""
    if at is None:
        return ""
    today = at.date() == clock.now().date()
    return f"{at:%H:%M:%S} UTC" if today else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _undecided(payment: Payment, attempt: Attempt, provider: str, items: Sequence[OperatorItem]) -> tuple[Tone, str]:
    noun = NOUN[AttemptKind(attempt.kind)]
    asked_again = _asked_again(attempt, provider)
    if _is_open(items, ItemKind.AMOUNT_MISMATCH, attempt.public_id):
        return (
            Tone.DOUBT,
            f"{provider} names another amount or currency for the {noun} than was asked for. It counts as neither paid nor "
            "failed until a person has looked.",
        )
    match AttemptState(attempt.state):
        case AttemptState.UNKNOWN:
            return (
                Tone.DOUBT,
                f"The {noun} was sent to {provider}, but the provider has not answered: nobody knows yet whether money moved. "
                f"{asked_again} Until the outcome is known nothing is sent under another key, and nobody should pay again.",
            )
        case AttemptState.PENDING if attempt.redirect_url or attempt.redirect_url_mobile:
            until = f" until {moment(payment.expires_at)}" if payment.expires_at else ""
            return Tone.WAITING, f"Waiting for the customer on {provider}'s page{until}. {asked_again}"
        case AttemptState.PENDING:
            return Tone.WAITING, f"{provider} has taken the {noun} and not decided yet. {asked_again}"
    if attempt.lease_until is None:
        return Tone.WAITING, f"The {noun} is written down and not sent yet. A worker takes it up."
    if attempt.lease_until > clock.now():
        return Tone.WAITING, f"The {noun} is being sent to {provider} right now."
    return (
        Tone.DOUBT,
        f"The process that sent the {noun} stopped before it wrote down an answer, so it may have reached {provider}. "
        f"{asked_again} Nothing is sent again before that.",
    )


def _asked_again(attempt: Attempt, provider: str) -> str:
    if attempt.next_check_at is None:
        return f"{provider} is not asked by itself: an operator has to look."
    so_far = f" (asked {attempt.checks} times so far)" if attempt.checks > 1 else ""
    if attempt.next_check_at <= clock.now():
        return f"{provider} is due to be asked again now{so_far}."
    return f"{provider} is asked again at {moment(attempt.next_check_at)}{so_far}."


def _taken(payment: Payment) -> str:
    captured = amount(payment.captured, payment.currency)
    return (
        f"Paid: {captured} was taken." if payment.captured >= payment.amount else f"Paid in part: {captured} was taken."
    )


def _captured(payment: Payment, items: Sequence[OperatorItem]) -> Explanation:
    text, tone = _taken(payment), Tone.GOOD
    refunded = payment.refunded_by_us + payment.refunded_elsewhere
    if refunded:
        how_much = "All of it" if refunded >= payment.captured else amount(refunded, payment.currency)
        text += f" {how_much} was given back{_elsewhere(payment)}."
    if payment.charged_back > 0:
        tone = Tone.BAD
        text += f" {amount(payment.charged_back, payment.currency)} was charged back by the customer's bank."
    if payment.refund_reserved:
        text += f" {amount(payment.refund_reserved, payment.currency)} is reserved for refunds that still run."
    if _is_open(items, ItemKind.LATE_SUCCESS) or payment.claimed_shop_transaction_id is None:
        tone = Tone.DOUBT if tone is Tone.GOOD else tone
        text += " The money came after the payment had ended: somebody ships the order or refunds it."
    elif tone is Tone.GOOD and not refunded and all(item.resolved_at is not None for item in items):
        text += " Nothing is left to do."
    return Explanation(tone, text)


def _elsewhere(payment: Payment) -> str:
    if not payment.refunded_elsewhere:
        return ""
    if not payment.refunded_by_us:
        return ", outside of this hub"
    return f", {amount(payment.refunded_elsewhere, payment.currency)} of that outside of this hub"


def _failed(payment: Payment, attempts: Sequence[Attempt], provider: str) -> Explanation:
    last = _last_paying(attempts)
    if payment.authorized:
        return Explanation(Tone.BAD, "Ended without a capture. What is still held is released by the provider.")
    if last is None:
        return Explanation(Tone.BAD, "Ended before anything was asked of a provider. Nothing was taken.")
    match AttemptState(last.state):
        case AttemptState.DECLINED:
            again = "The customer may try again" if last.may_retry else "The customer needs another means of payment"
            text = f"{_declined(last, provider)} Nothing was taken. {again}, with a new payment."
        case AttemptState.REJECTED:
            told = f": {last.decline_message}" if last.decline_message else ""
            text = f"{provider} refused the request as wrong{_code(last)}{told}. Nothing was taken. A developer has to look."
        case AttemptState.NOT_SENT:
            text = f"The request never reached {provider}. Nothing was taken; the order system may start a new payment."
        case _:
            text = "Ended. Nothing is held or taken."
    return Explanation(Tone.BAD, text)


def _not_begun(payment: Payment, attempts: Sequence[Attempt], provider: str) -> Explanation:
    last = _last_paying(attempts)
    until = f" until {moment(payment.expires_at)}" if payment.expires_at else ""
    if payment.in_checkout:
        return Explanation(Tone.WAITING, f"{_in_checkout(last, provider)}{until}.")
    if last is None:
        return Explanation(Tone.WAITING, "Created. Nothing was asked of a provider yet.")
    if last.state == AttemptState.NOT_SENT:
        return Explanation(
            Tone.WAITING,
            f"Nothing was sent: {provider} could not be reached. Nothing was taken, so the order system may send the same "
            "request again.",
        )
    if last.state == AttemptState.DECLINED:
        return Explanation(
            Tone.WAITING,
            f"{_declined(last, provider)} Nothing was taken. The customer may try another means{until}.",
        )
    return Explanation(Tone.WAITING, "Nothing is running. The order system or an operator has to go on.")


def _in_checkout(last: Attempt | None, provider: str) -> str:
    """Say what the customer of an open payment is waited for; the caller adds until when."""
    if last is None:
        return "Opened. The customer has not chosen a method yet and may do so"
    if last.decline_code == SWITCHED:
        return f"The customer left {provider} for another method and may choose it"
    if last.state == AttemptState.NOT_SENT:
        return f"{provider} could not be reached, and nothing was sent. The customer may try again"
    return f"{_declined(last, provider)} Nothing was taken. The customer may try again"


def _declined(attempt: Attempt, provider: str) -> str:
    reason = attempt.decline_reason.replace("_", " ") or "no reason given"
    told = f", in its words «{attempt.decline_message}»" if attempt.decline_message else ""
    return f"Declined by {provider}: {reason}{_code(attempt)}{told}."


def _code(attempt: Attempt) -> str:
    return f" (code {attempt.decline_code})" if attempt.decline_code else ""


def _last_paying(attempts: Sequence[Attempt]) -> Attempt | None:
    return next((attempt for attempt in reversed(attempts) if attempt.kind in PAYING), None)


def _is_open(items: Sequence[OperatorItem], kind: ItemKind, about: str = "") -> bool:
    return any(item.kind == kind and item.resolved_at is None and about in ("", item.about) for item in items)
