"""What Stripe says, as verdicts.

For what cannot be read, readers raise KeyError, TypeError, ValueError, AttributeError or (the SDK) ArithmeticError.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import stripe
from stripe.checkout import Session

from paymenthub.kernel.money import Money
from providers.types import (
    Action,
    Decline,
    DeclineReason,
    Outcome,
    Reference,
    Subject,
    SubscriptionState,
    SubscriptionStatus,
    Verdict,
)

from . import amounts, statuses
from .declines import decline
from .trouble import Refusal

_LATEST = 2**33  # seconds; the year 2242


def session(thing: Session, intent_: stripe.PaymentIntent | None = None) -> Verdict:
    """Read a Checkout Session; once it is complete, its intent says what came of the money."""
    word = f"{thing.status}/{thing.payment_status}"
    outcome = statuses.SESSION.get((str(thing.status), str(thing.payment_status)), Outcome.PENDING)
    keeps_only = getattr(thing, "mode", None) == "setup"  # takes no money
    if keeps_only and thing.status == "open":
        outcome = Outcome.ACTION_REQUIRED
    own = Verdict(
        subject=Subject.PAYMENT,
        outcome=outcome,
        money=amounts.decode(0 if keeps_only else thing.amount_total, thing.currency),
        cumulative=True,
        references=_session_references(thing),
        attempt_reference=_mark(thing, "hub_attempt"),
        live=live_of(thing),
        action=_page(thing) if outcome is Outcome.ACTION_REQUIRED else None,
        occurred_at=_moment(thing),
        raw_status=word,
        subscription=_begun(thing, outcome),
    )
    if own.outcome is Outcome.ACTION_REQUIRED and own.action is None:
        return replace(own, outcome=Outcome.PENDING)
    if intent_ is None or thing.status != "complete":  # while the page is open its customer may try another card
        return own
    told = intent(intent_)
    known = (own.references[0], *told.references, *_also(link=getattr(thing, "payment_link", None)))
    if outcome is Outcome.SUCCEEDED and told.outcome is not Outcome.SUCCEEDED:
        return own
    return replace(told, references=known, action=None, raw_status=f"{word}/{told.raw_status}")


def _begun(thing: Session, outcome: Outcome) -> SubscriptionState | None:
    """Read the subscription that a page begins; it has an id once the page is complete."""
    if getattr(thing, "mode", None) == "setup":
        return SubscriptionState("", SubscriptionStatus.PENDING)
    if getattr(thing, "mode", None) != "subscription":
        return None
    token = id_of(getattr(thing, "subscription", None))
    active = bool(token) and outcome is Outcome.SUCCEEDED
    return SubscriptionState(token, SubscriptionStatus.ACTIVE if active else SubscriptionStatus.PENDING)


def _kept(thing: stripe.PaymentIntent, outcome: Outcome) -> SubscriptionState | None:
    """Read the means of payment that an intent leaves for later charges: good once it was paid with."""
    customer, means = id_of(getattr(thing, "customer", None)), id_of(getattr(thing, "payment_method", None))
    if getattr(thing, "setup_future_usage", None) != "off_session":
        return None
    if outcome is Outcome.SUCCEEDED and customer and means:
        return SubscriptionState(f"{customer}.{means}", SubscriptionStatus.ACTIVE)
    return SubscriptionState("", SubscriptionStatus.PENDING)


def with_means(own: Verdict, thing: stripe.SetupIntent) -> Verdict:
    """Add to the verdict of a page that only keeps a means which one it is."""
    customer, means = id_of(thing.customer), id_of(thing.payment_method)
    if str(thing.status) != "succeeded" or not customer or not means:
        return replace(own, outcome=Outcome.PENDING)
    return replace(own, subscription=SubscriptionState(f"{customer}.{means}", SubscriptionStatus.ACTIVE))


def _session_references(thing: Session) -> tuple[Reference, ...]:
    own = (named("session", thing), *_also(intent=thing.payment_intent, invoice=getattr(thing, "invoice", None)))
    link = _also(link=getattr(thing, "payment_link", None))
    # Each visitor of a link has a session: only the one that was paid names the payment.
    return (*own, *link) if not link or thing.status == "complete" else link


def link(thing: stripe.PaymentLink) -> Verdict:
    """Read a Payment Link by which nobody has paid."""
    if not isinstance(thing.active, bool):
        raise ValueError("neither active nor not")
    url = thing.url if isinstance(thing.url, str) and thing.url else ""
    outcome = Outcome.EXPIRED if not thing.active else Outcome.ACTION_REQUIRED if url else Outcome.PENDING
    return Verdict(
        subject=Subject.PAYMENT,
        outcome=outcome,
        references=(named("link", thing),),
        attempt_reference=_mark(thing, "hub_attempt"),
        live=live_of(thing),
        action=Action(redirect_url=url) if outcome is Outcome.ACTION_REQUIRED else None,
        raw_status="active" if thing.active else "inactive",
    )


def intent(thing: stripe.PaymentIntent) -> Verdict:
    """Read a PaymentIntent."""
    word = str(thing.status)
    outcome = statuses.INTENT.get(word, Outcome.PENDING)
    problem = getattr(thing, "last_payment_error", None)
    said = problem.to_dict() if isinstance(problem, stripe.StripeObject) else None
    if word == "requires_payment_method" and said is not None:
        outcome = Outcome.DECLINED
    action = _redirect(thing) if outcome is Outcome.ACTION_REQUIRED else None
    if outcome is Outcome.ACTION_REQUIRED and action is None:
        outcome = Outcome.PENDING  # something that only Stripe's own page script could show
    reached = {Outcome.SUCCEEDED: "amount_received", Outcome.AUTHORIZED: "amount_capturable"}.get(outcome, "amount")
    return Verdict(
        subject=Subject.PAYMENT,
        outcome=outcome,
        money=amounts.decode(getattr(thing, reached), thing.currency),
        cumulative=True,
        references=(named("intent", thing),),
        attempt_reference=_mark(thing, "hub_attempt"),
        live=live_of(thing),
        decline=decline(said or {}) if outcome is Outcome.DECLINED else None,
        action=action,
        occurred_at=_moment(thing),
        raw_status=word,
        subscription=_kept(thing, outcome),
    )


def capture(thing: stripe.PaymentIntent) -> Verdict:
    """Read what Stripe has taken of a held payment so far. The intent keeps the mark of the capture, which has no id."""
    whole = intent(thing)
    done = whole.outcome is Outcome.SUCCEEDED
    return Verdict(
        subject=Subject.CAPTURE,
        outcome=Outcome.SUCCEEDED if done else Outcome.PENDING,
        money=whole.money,
        cumulative=True,
        references=_also(charge=getattr(thing, "latest_charge", None)) or whole.references,
        parent=whole.references,
        attempt_reference=_mark(thing, "hub_capture"),
        live=whole.live,
        raw_status=whole.raw_status,
    )


def refused(refusal: Refusal, subject: Subject, asked: Money, attempt_reference: str) -> Verdict:
    """Read a refused card. Stripe says in the error which intent it was; one that is gone needs no asking."""
    told = refusal.error.get("payment_intent")
    known = told.get("id") if isinstance(told, dict) else None
    return Verdict(
        subject=subject,
        outcome=Outcome.DECLINED,
        money=asked,
        references=(Reference("intent", known),) if isinstance(known, str) else (),
        attempt_reference=attempt_reference,
        decline=decline(refusal.error),
        raw_status=str(refusal.error.get("code") or "card_error"),
    )


def refund(thing: stripe.Refund) -> Verdict:
    """Read a refund."""
    word = str(thing.status)
    outcome = statuses.REFUND.get(word, Outcome.PENDING)
    reason = str(getattr(thing, "failure_reason", None) or "")
    return Verdict(
        subject=Subject.REFUND,
        outcome=outcome,
        money=amounts.decode(thing.amount, thing.currency),
        references=(named("refund", thing),),
        parent=_also(intent=thing.payment_intent, charge=thing.charge),
        attempt_reference=_mark(thing, "hub_attempt") or _mark(thing, "hub_refund"),
        decline=Decline(DeclineReason.OTHER, code=reason) if outcome is Outcome.DECLINED else None,
        occurred_at=_moment(thing),
        raw_status=word,
    )


def dispute(thing: stripe.Dispute) -> Verdict:
    """Read a dispute: SUCCEEDED where the money is gone, REVERSED where it came back."""
    word = str(thing.status)
    return Verdict(
        subject=Subject.CHARGEBACK,
        outcome=statuses.DISPUTE.get(word, Outcome.PENDING),
        money=amounts.decode(thing.amount, thing.currency),
        references=(named("dispute", thing),),
        parent=_also(intent=thing.payment_intent, charge=thing.charge),
        live=live_of(thing),
        occurred_at=_moment(thing),
        raw_status=word,
    )


def id_of(named: Any) -> str:
    """Return the id of an object that Stripe may have written out; empty where there is none."""
    found = named if isinstance(named, str) else getattr(named, "id", None)
    return found if isinstance(found, str) else ""


def is_ours(thing: Any, attempt_reference: str) -> bool:
    """Tell whether an object carries the mark of this attempt."""
    return bool(attempt_reference) and _mark(thing, "hub_attempt") == attempt_reference


def named(kind: str, thing: Any) -> Reference:
    """Name an object. Raises ValueError where it has no id."""
    if not id_of(thing):
        raise ValueError("an object without an id")
    return Reference(kind, id_of(thing))


def _also(**things: Any) -> tuple[Reference, ...]:
    return tuple(Reference(kind, id_of(thing)) for kind, thing in things.items() if id_of(thing))


def _mark(thing: Any, name: str) -> str:
    metadata = getattr(thing, "metadata", None)
    told = metadata.to_dict() if isinstance(metadata, stripe.StripeObject) else {}
    return str(told.get(name) or "")


def live_of(thing: Any) -> bool | None:
    """Tell whether an object is one of real money, as it says itself."""
    told = getattr(thing, "livemode", None)
    return told if isinstance(told, bool) else None


def _moment(thing: Any) -> datetime | None:
    return time_of(getattr(thing, "created", None))


def time_of(told: Any) -> datetime | None:
    """Read a moment; None where there is none."""
    return datetime.fromtimestamp(told, UTC) if isinstance(told, int) and 0 < told < _LATEST else None


def _page(thing: Session) -> Action | None:
    url = getattr(thing, "url", None)
    if not isinstance(url, str) or not url:
        return None
    return Action(redirect_url=url, expires_at=time_of(getattr(thing, "expires_at", None)))


def _redirect(thing: stripe.PaymentIntent) -> Action | None:
    target = getattr(getattr(thing, "next_action", None), "redirect_to_url", None)
    url = getattr(target, "url", None)
    return Action(redirect_url=url) if isinstance(url, str) and url else None
