"""Payment Links: a Price of its own for each, since a link names its amount by one; a single payment; no end of its own."""

from dataclasses import replace

from stripe.params import PaymentLinkCreateParams, PaymentLinkUpdateParams, PriceCreateParams

from providers.errors import Rejected
from providers.port import Call
from providers.types import CancelRequest, PayRequest, Verdict

from . import amounts, lookup, mapping, params
from .client import write
from .trouble import Refusal


def create(call: Call, request: PayRequest) -> Verdict:
    """Make the price, then the link. Both keys come from the call's, so that a second sending makes neither again."""
    asked = _price(request)
    made = write(
        replace(call, idempotency_key=f"{call.idempotency_key}-price"),
        lambda api, options: mapping.named("price", api.v1.prices.create(asked, options)).value,
    )
    if isinstance(made, Refusal):
        raise made.rejected()
    link = _link(call, request, made)
    answer = write(call, lambda api, options: mapping.link(api.v1.payment_links.create(link, options)))
    if isinstance(answer, Refusal):
        raise answer.rejected()
    return replace(answer, money=request.money)


def expire(call: Call, request: CancelRequest) -> Verdict:
    """Switch the link off, and look whether somebody has paid by it before."""
    link_id = lookup.known(request.references, "link")
    if not link_id:
        raise Rejected("Stripe's id of the link is not known.", psp_code="no_reference")
    off: PaymentLinkUpdateParams = {"active": False}
    answer = write(call, lambda api, options: mapping.link(api.v1.payment_links.update(link_id, off, options)))
    if isinstance(answer, Refusal):
        raise answer.rejected()
    paid = lookup.paid_by_link(call, link_id)
    return lookup.by_session(call, paid)[0] if paid else answer


def _price(request: PayRequest) -> PriceCreateParams:
    try:
        amount, currency = amounts.encode(request.money)
    except ValueError as error:
        raise Rejected(str(error), psp_code="amount_not_expressible") from None
    name = request.provider_data.get("productName") or request.description or request.shop_reference
    return {"currency": currency, "unit_amount": amount, "product_data": {"name": name[:250]}}


def _link(call: Call, request: PayRequest, price_id: str) -> PaymentLinkCreateParams:
    metadata = params.marks(call, request.shop_reference)  # Stripe copies it to the sessions of the link
    return {
        "line_items": [{"price": price_id, "quantity": 1}],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "restrictions": {"completed_sessions": {"limit": 1}},
        "after_completion": {"type": "redirect", "redirect": {"url": request.return_url}},
    }
