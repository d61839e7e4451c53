"""Ask Stripe how things stand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import stripe
from stripe.checkout import Session

from providers.errors import Rejected, Unavailable
from providers.port import Call
from providers.types import FetchRequest, Outcome, Reference, Subject, Verdict

from . import billing, mapping
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
    if not session_id and not intent_id and not known(request.references, "invoice"):
        session_id, intent_id, link_id = _by_mark(call)
    if link_id:
        return _by_link(call, link_id)
    if session_id:
        return by_session(call, session_id)
    if intent_id:
        return _by_intent(call, intent_id)
    invoice_id = known(request.references, "invoice")
    if invoice_id:
        return _by_invoice(call, invoice_id)
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


def connection(call: Call) -> str:
    """Read the newest event, to see whether Stripe takes the key; say in which mode it is, where Stripe tells."""

    def question(api: stripe.StripeClient) -> str:
        newest = api.v1.events.list(params={"limit": 1}).data
        if not newest:
            return "Stripe took the key. It has no events yet."
        return f"Stripe took the key. It is one for {'live' if newest[0].livemode else 'test'} mode."

    told = read(call, question)
    if told is None:
        raise Unavailable("Something answered, but not as Stripe does.")
    return told


def intent_of(call: Call, references: tuple[Reference, ...]) -> str:
    """Name the intent of a payment, asking its session where only that is known. Raises `Rejected` where there is none."""
    intent_id: str | None = known(references, "intent")
    session_id, invoice_id = known(references, "session"), known(references, "invoice")
    if not intent_id and session_id:
        page = read(call, lambda api: api.v1.checkout.sessions.retrieve(session_id))
        intent_id = mapping.id_of(getattr(page, "payment_intent", None))
        invoice_id = invoice_id or mapping.id_of(getattr(page, "invoice", None))
    if not intent_id and invoice_id:
        intent_id = _intent_of_invoice(call, invoice_id)
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
    invoice_id = mapping.id_of(getattr(thing, "invoice", None))
    if own.outcome is Outcome.SUCCEEDED and invoice_id:  # it began a subscription: only its invoice knows the intent
        intent_id = _intent_of_invoice(call, invoice_id)
        named = (*own.references, Reference("intent", intent_id)) if intent_id else own.references
        return (replace(own, references=named), *(refunds_of(call, intent_id, own.live) if intent_id else ()))
    setup_id = mapping.id_of(getattr(thing, "setup_intent", None))
    if setup_id and own.outcome is Outcome.SUCCEEDED:
        return (read(call, lambda api: mapping.with_means(own, api.v1.setup_intents.retrieve(setup_id))) or own,)
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


def invoices_of(call: Call, subscription_id: str) -> tuple[Verdict, ...]:
    """Read the newest 100 invoices of a subscription, oldest first."""

    def question(api: stripe.StripeClient) -> list[stripe.Invoice]:
        params: Any = {"subscription": subscription_id, "limit": _NEWEST, "expand": ["data.payments"]}
        return list(api.v1.invoices.list(params=params).data)

    return tuple(_invoice(call, each) for each in reversed(read(call, question) or []))


def _by_invoice(call: Call, invoice_id: str) -> tuple[Verdict, ...]:
    thing = _retrieved(call, invoice_id)
    if thing is None:
        return (_NOT_FOUND,)
    verdict = _invoice(call, thing)
    intent_id = billing.intent_of(thing)
    paid = verdict.outcome is Outcome.SUCCEEDED and intent_id
    return (verdict, *(refunds_of(call, intent_id, verdict.live) if paid else ()))


def _invoice(call: Call, thing: stripe.Invoice) -> Verdict:
    """Read an invoice, and of one whose payment failed also why."""
    verdict = _read_or_unavailable(lambda: billing.invoice(thing))
    intent_id = billing.intent_of(thing)
    if verdict.outcome is not Outcome.DECLINED or not intent_id:
        return verdict
    tried = read(call, lambda api: mapping.intent(api.v1.payment_intents.retrieve(intent_id)))
    return verdict if tried is None or tried.decline is None else replace(verdict, decline=tried.decline)


def _intent_of_invoice(call: Call, invoice_id: str) -> str:
    thing = _retrieved(call, invoice_id)
    return billing.intent_of(thing) if thing is not None else ""


def _retrieved(call: Call, invoice_id: str) -> stripe.Invoice | None:
    return read(call, lambda api: api.v1.invoices.retrieve(invoice_id, params={"expand": ["payments"]}))


def _read_or_unavailable(decode: Callable[[], Verdict]) -> Verdict:
    try:
        return decode()
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise Unavailable(f"Stripe's answer cannot be read ({type(error).__name__}).") from None


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
