"""Ask Stripe how things stand."""

from collections.abc import Callable
from dataclasses import replace

import stripe
from stripe.checkout import Session

from providers.errors import Rejected, Unavailable
from providers.port import Call
from providers.types import FetchRequest, Outcome, Reference, Subject, Verdict

from . import mapping
from .client import read

_NEWEST = 100
_NOT_FOUND = Verdict(Subject.PAYMENT, Outcome.NOT_FOUND)


def payment(call: Call, request: FetchRequest) -> tuple[Verdict, ...]:
    """Read a payment by its session or intent, with its refunds; without an id, look for our own mark.

    Raises `Unavailable` where no id is known and no mark is found: Stripe cannot be asked whether it ever saw a key, so
    that «not found» would be a guess.
    """
    link_id = known(request.references, "link")
    if link_id:
        return _by_link(call, link_id)
    session_id, intent_id = known(request.references, "session"), known(request.references, "intent")
    if not session_id and not intent_id:
        session_id, intent_id, link_id = _by_mark(call)
    if link_id:
        return _by_link(call, link_id)
    if session_id:
        return by_session(call, session_id)
    if intent_id:
        return _by_intent(call, intent_id)
    raise Unavailable("Stripe cannot be asked about an attempt whose id is not known.", psp_code="no_reference")


def refund(call: Call, request: FetchRequest) -> Verdict:
    """Read a refund by its id; without one, look for our own mark among all refunds of its payment."""
    refund_id = known(request.references, "refund")
    if refund_id:
        found = read(call, lambda api: mapping.refund(api.v1.refunds.retrieve(refund_id)))
        return found or Verdict(Subject.REFUND, Outcome.NOT_FOUND)
    told = refunds_of(call, intent_of(call, request.references))
    ours = [
        verdict for verdict in told if call.attempt_reference and verdict.attempt_reference == call.attempt_reference
    ]
    return ours[0] if ours else Verdict(Subject.REFUND, Outcome.NOT_FOUND)


def intent_of(call: Call, references: tuple[Reference, ...]) -> str:
    """Name the intent of a payment, asking its session where only that is known. Raises `Rejected` where there is none."""
    intent_id: str | None = known(references, "intent")
    session_id = known(references, "session")
    if not intent_id and session_id:
        intent_id = read(call, lambda api: mapping.id_of(api.v1.checkout.sessions.retrieve(session_id).payment_intent))
    if not intent_id:
        raise Rejected("Stripe's id of the payment is not known.", psp_code="no_reference")
    return intent_id


def refunds_of(call: Call, intent_id: str, live: bool | None = None) -> tuple[Verdict, ...]:
    """Read every refund of an intent; `live` is what the intent says of its mode, for a refund does not."""

    def question(api: stripe.StripeClient) -> tuple[Verdict, ...]:
        first = api.v1.refunds.list(params={"payment_intent": intent_id, "limit": _NEWEST})
        return tuple(replace(mapping.refund(each), live=live) for each in first.auto_paging_iter())

    return read(call, question) or ()


def known(references: tuple[Reference, ...], kind: str) -> str:
    """Return the first id of a kind; empty where there is none."""
    return next((reference.value for reference in references if reference.kind == kind and reference.value), "")


def paid_intent_of(call: Call, session_id: str) -> str:
    """Name the intent of a page that its customer has finished; empty where that is not so."""

    def question(api: stripe.StripeClient) -> str:
        thing = api.v1.checkout.sessions.retrieve(session_id)
        return mapping.id_of(thing.payment_intent) if thing.status == "complete" else ""

    return read(call, question) or ""


def by_session(call: Call, session_id: str) -> tuple[Verdict, ...]:
    """Read a payment by its page, with its refunds."""

    def question(api: stripe.StripeClient) -> tuple[Session, Verdict, str]:
        thing = api.v1.checkout.sessions.retrieve(session_id)
        return thing, mapping.session(thing), mapping.id_of(thing.payment_intent)

    found = read(call, question)
    if found is None:
        return (_NOT_FOUND,)
    thing, own, intent_id = found
    if not intent_id or thing.status != "complete":
        return (own,)
    return _with_refunds(call, intent_id, lambda intent: mapping.session(thing, intent)) or (own,)


def _by_link(call: Call, link_id: str) -> tuple[Verdict, ...]:
    """Read a payment by its link: the session that was paid, if there is one."""
    paid = paid_by_link(call, link_id)
    if paid:
        return by_session(call, paid)
    found = read(call, lambda api: mapping.link(api.v1.payment_links.retrieve(link_id)))
    return (found,) if found else (_NOT_FOUND,)


def paid_by_link(call: Call, link_id: str) -> str:
    """Name the session by which somebody has paid; empty where nobody has."""

    def question(api: stripe.StripeClient) -> str:
        opened = api.v1.checkout.sessions.list(params={"payment_link": link_id, "limit": _NEWEST})
        return next((each.id for each in opened.auto_paging_iter() if each.status == "complete"), "")

    return read(call, question) or ""


def _by_intent(call: Call, intent_id: str) -> tuple[Verdict, ...]:
    return _with_refunds(call, intent_id, mapping.intent) or (_NOT_FOUND,)


def _with_refunds(
    call: Call, intent_id: str, verdict_of: Callable[[stripe.PaymentIntent], Verdict]
) -> tuple[Verdict, ...]:
    def question(api: stripe.StripeClient) -> tuple[Verdict, ...]:
        thing = api.v1.payment_intents.retrieve(intent_id)
        whole = verdict_of(thing)
        taken = whole.outcome is Outcome.SUCCEEDED and thing.capture_method == "manual"
        return (whole, mapping.capture(thing)) if taken else (whole,)

    found = read(call, question)
    if found is None:
        return ()
    paid = found[0].outcome is Outcome.SUCCEEDED  # nothing else can have been refunded
    return (*found, *(refunds_of(call, intent_id, found[0].live) if paid else ()))


def _by_mark(call: Call) -> tuple[str, str, str]:
    """Look for our own mark on the newest objects: found is proof, not found is none.

    Stripe's search would look further back, but lags behind; its lists show what is there.
    """

    def sessions(api: stripe.StripeClient) -> tuple[str, str]:
        newest = api.v1.checkout.sessions.list(params={"limit": _NEWEST}).data
        ours = [each for each in newest if mapping.is_ours(each, call.attempt_reference)]
        return (ours[0].id, mapping.id_of(getattr(ours[0], "payment_link", None))) if ours else ("", "")

    def intents(api: stripe.StripeClient) -> str:
        newest = api.v1.payment_intents.list(params={"limit": _NEWEST}).data
        return next((each.id for each in newest if mapping.is_ours(each, call.attempt_reference)), "")

    def links(api: stripe.StripeClient) -> str:
        newest = api.v1.payment_links.list(params={"limit": _NEWEST}).data
        return next((each.id for each in newest if mapping.is_ours(each, call.attempt_reference)), "")

    session_id, link_id = read(call, sessions) or ("", "")
    if session_id:
        return session_id, "", link_id
    found = read(call, intents) or ""
    return ("", found, "") if found else ("", "", read(call, links) or "")
