"""Say in plain words why a payment stands where it stands and what happens next, and how an account is set up.

Pure reads. What is said follows from amounts, attempts and the claim, never from the name of a state.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paymenthub.kernel import clock
from paymenthub.kernel.crypto import SealBroken
from paymenthub.kernel.money import MoneyError, exponent
from payments.domain.attempt import PAYING, AttemptKind, AttemptState, ItemKind
from payments.domain.checkout import SWITCHED
from payments.models import Attempt, OperatorItem, Payment, ProviderAccount
from providers import registry

from . import accounts
from .code_words import code_words
from .status import Status, status_of

NOUN = {
    AttemptKind.PAY: "payment",
    AttemptKind.AUTHORIZE: "authorisation",
    AttemptKind.LINK: gettext_lazy("payment link"),
    AttemptKind.SUBSCRIPTION_SCHEDULE: gettext_lazy("subscription's first payment"),
    AttemptKind.SUBSCRIPTION_START: gettext_lazy("subscription's first payment"),
    AttemptKind.SUBSCRIPTION_PAY: gettext_lazy("subscription's payment"),
    AttemptKind.CAPTURE: "capture",
    AttemptKind.CANCEL: "cancellation",
    AttemptKind.CLOSE: gettext_lazy("closing of the payment page"),
    AttemptKind.EXPIRE: gettext_lazy("closing of the payment page"),
    AttemptKind.SWITCH: gettext_lazy("closing of the payment page"),
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


def explain(
    payment: Payment, attempts: Sequence[Attempt], items: Sequence[OperatorItem] = (), *, is_told: bool = True
) -> Explanation:
    """Explain a payment by its attempts (oldest first) and its operator items; asks the database nothing.

    `is_told`: whether the order system has taken every callback that was sent to it.
    """
    provider = provider_name(payment.provider)
    undecided = [attempt for attempt in attempts if attempt.is_undecided]
    if undecided:
        tone, text = _undecided(payment, undecided[-1], provider, items)
        return Explanation(tone, f"{_taken(payment)} {text}" if payment.captured else text)
    if payment.captured:
        return _captured(payment, items, is_told=is_told)
    if status_of(payment) is Status.FAILED:
        return _failed(payment, attempts, provider)
    if payment.authorized:
        until = (
            _(" before %(moment)s") % {"moment": moment(payment.authorization_expires_at)}
            if payment.authorization_expires_at
            else ""
        )
        held = amount(payment.authorized, payment.currency)
        return Explanation(
            Tone.WAITING,
            _("%(held)s is held, not taken yet. The order system captures or cancels it%(until)s.")
            % {"held": held, "until": until},
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
        FieldStanding(name, _("Not known to the driver."), True, False, bool(config[name])) for name in others
    ]


def amount(minor: int, currency: str) -> str:
    """Write an amount in minor units for people, such as `1,234.50 EUR`."""
    try:
        places = exponent(currency)
    except MoneyError:
        return _("%(minor)s %(currency)s (minor units)") % {"minor": minor, "currency": currency}
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
            _(
                "%(provider)s names another amount or currency for the %(noun)s than was asked for. "
                "It counts as neither paid nor failed until a person has looked."
            )
            % {"provider": provider, "noun": noun},
        )
    match AttemptState(attempt.state):
        case AttemptState.UNKNOWN:
            return (
                Tone.DOUBT,
                _(
                    "The %(noun)s was sent to %(provider)s, but the provider has not answered: nobody "
                    "knows yet whether money moved. %(asked_again)s Until the outcome is known nothing "
                    "is sent under another key, and nobody should pay again."
                )
                % {"noun": noun, "provider": provider, "asked_again": asked_again},
            )
        case AttemptState.PENDING if attempt.redirect_url or attempt.redirect_url_mobile:
            until = _(" until %(moment)s") % {"moment": moment(payment.expires_at)} if payment.expires_at else ""
            return Tone.WAITING, _("Waiting for the customer on %(provider)s's page%(until)s. %(asked_again)s") % {
                "provider": provider,
                "until": until,
                "asked_again": asked_again,
            }
        case AttemptState.PENDING:
            return Tone.WAITING, _("%(provider)s has taken the %(noun)s and not decided yet. %(asked_again)s") % {
                "provider": provider,
                "noun": noun,
                "asked_again": asked_again,
            }
    if attempt.lease_until is None:
        return Tone.WAITING, _("The %(noun)s is written down and not sent yet. A worker takes it up.") % {"noun": noun}
    if attempt.lease_until > clock.now():
        return Tone.WAITING, _("The %(noun)s is being sent to %(provider)s right now.") % {
            "noun": noun,
            "provider": provider,
        }
    return (
        Tone.DOUBT,
        _(
            "The process that sent the %(noun)s stopped before it wrote down an answer, so it "
            "may have reached %(provider)s. %(asked_again)s Nothing is sent again before that."
        )
        % {"noun": noun, "provider": provider, "asked_again": asked_again},
    )


def _asked_again(attempt: Attempt, provider: str) -> str:
    if attempt.next_check_at is None:
        return _("%(provider)s is not asked by itself: an operator has to look.") % {"provider": provider}
    so_far = _(" (asked %(checks)s times so far)") % {"checks": attempt.checks} if attempt.checks > 1 else ""
    if attempt.next_check_at <= clock.now():
        return _("%(provider)s is due to be asked again now%(so_far)s.") % {"provider": provider, "so_far": so_far}
    return _("%(provider)s is asked again at %(moment)s%(so_far)s.") % {
        "provider": provider,
        "moment": moment(attempt.next_check_at),
        "so_far": so_far,
    }


def _taken(payment: Payment) -> str:
    captured = amount(payment.captured, payment.currency)
    return (
        _("Paid: %(captured)s was taken.") % {"captured": captured}
        if payment.captured >= payment.amount
        else _("Paid in part: %(captured)s was taken.") % {"captured": captured}
    )


def _captured(payment: Payment, items: Sequence[OperatorItem], *, is_told: bool) -> Explanation:
    text, tone = _taken(payment), Tone.GOOD
    refunded = payment.refunded_by_us + payment.refunded_elsewhere
    if refunded:
        how_much = _("All of it") if refunded >= payment.captured else amount(refunded, payment.currency)
        text += _(" %(how_much)s was given back%(elsewhere)s.") % {
            "how_much": how_much,
            "elsewhere": _elsewhere(payment),
        }
    if payment.charged_back > 0:
        tone = Tone.BAD
        text += _(" %(amount)s was charged back by the customer's bank.") % {
            "amount": amount(payment.charged_back, payment.currency)
        }
    if payment.refund_reserved:
        text += _(" %(amount)s is reserved for refunds that still run.") % {
            "amount": amount(payment.refund_reserved, payment.currency)
        }
    if _is_open(items, ItemKind.LATE_SUCCESS) or payment.claimed_shop_transaction_id is None:
        tone = Tone.DOUBT if tone is Tone.GOOD else tone
        text += _(" The money came after the payment had ended: somebody ships the order or refunds it.")
    elif tone is Tone.GOOD and not refunded and all(item.resolved_at is not None for item in items):
        text += (
            _(" Nothing is left to do.")
            if is_told
            else _(" The order system has not taken it yet: why not stands under «Callbacks».")
        )
    return Explanation(tone, text)


def _elsewhere(payment: Payment) -> str:
    if not payment.refunded_elsewhere:
        return ""
    if not payment.refunded_by_us:
        return _(", outside of this hub")
    return _(", %(amount)s of that outside of this hub") % {
        "amount": amount(payment.refunded_elsewhere, payment.currency)
    }


def _failed(payment: Payment, attempts: Sequence[Attempt], provider: str) -> Explanation:
    last = _last_paying(attempts)
    if payment.authorized:
        return Explanation(Tone.BAD, _("Ended without a capture. What is still held is released by the provider."))
    if last is None:
        return Explanation(Tone.BAD, _("Ended before anything was asked of a provider. Nothing was taken."))
    match AttemptState(last.state):
        case AttemptState.DECLINED:
            again = (
                _("The customer may try again") if last.may_retry else _("The customer needs another means of payment")
            )
            text = _("%(declined)s Nothing was taken. %(again)s, with a new payment.") % {
                "declined": _declined(last, provider),
                "again": again,
            }
        case AttemptState.REJECTED:
            told = f": {last.decline_message}" if last.decline_message else ""
            text = _(
                "%(provider)s refused the request as wrong%(code)s%(told)s. Nothing was taken. A developer has to look."
            ) % {"provider": provider, "code": _code(last), "told": told}
        case AttemptState.NOT_SENT:
            text = _(
                "The request never reached %(provider)s. Nothing was taken; the order system may start a new payment."
            ) % {"provider": provider}
        case _:
            text = _("Ended. Nothing is held or taken.")
    return Explanation(Tone.BAD, text)


def _not_begun(payment: Payment, attempts: Sequence[Attempt], provider: str) -> Explanation:
    last = _last_paying(attempts)
    until = _(" until %(moment)s") % {"moment": moment(payment.expires_at)} if payment.expires_at else ""
    if payment.in_checkout:
        return Explanation(Tone.WAITING, f"{_in_checkout(last, provider)}{until}.")
    if last is None:
        return Explanation(Tone.WAITING, _("Created. Nothing was asked of a provider yet."))
    if last.state == AttemptState.NOT_SENT:
        return Explanation(
            Tone.WAITING,
            _(
                "Nothing was sent: %(provider)s could not be reached. Nothing was taken, so the "
                "order system may send the same request again."
            )
            % {"provider": provider},
        )
    if last.state == AttemptState.DECLINED:
        return Explanation(
            Tone.WAITING,
            _("%(declined)s Nothing was taken. The customer may try another means%(until)s.")
            % {"declined": _declined(last, provider), "until": until},
        )
    return Explanation(Tone.WAITING, _("Nothing is running. The order system or an operator has to go on."))


def _in_checkout(last: Attempt | None, provider: str) -> str:
    """Say what the customer of an open payment is waited for; the caller adds until when."""
    if last is None:
        return _("Opened. The customer has not chosen a method yet and may do so")
    if last.decline_code == SWITCHED:
        return _("The customer left %(provider)s for another method and may choose it") % {"provider": provider}
    if last.state == AttemptState.NOT_SENT:
        return _("%(provider)s could not be reached, and nothing was sent. The customer may try again") % {
            "provider": provider
        }
    return _("%(declined)s Nothing was taken. The customer may try again") % {"declined": _declined(last, provider)}


def _declined(attempt: Attempt, provider: str) -> str:
    reason = code_words(attempt.decline_reason).lower() if attempt.decline_reason else _("no reason given")
    told = (
        _(", in its words «%(decline_message)s»") % {"decline_message": attempt.decline_message}
        if attempt.decline_message
        else ""
    )
    return _("Declined by %(provider)s: %(reason)s%(code)s%(told)s.") % {
        "provider": provider,
        "reason": reason,
        "code": _code(attempt),
        "told": told,
    }


def _code(attempt: Attempt) -> str:
    return _(" (code %(decline_code)s)") % {"decline_code": attempt.decline_code} if attempt.decline_code else ""


def _last_paying(attempts: Sequence[Attempt]) -> Attempt | None:
    return next((attempt for attempt in reversed(attempts) if attempt.kind in PAYING), None)


def _is_open(items: Sequence[OperatorItem], kind: ItemKind, about: str = "") -> bool:
    return any(item.kind == kind and item.resolved_at is None and about in ("", item.about) for item in items)
