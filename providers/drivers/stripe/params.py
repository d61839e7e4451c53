"""What Stripe is asked. The same request always makes the same parameters: Stripe compares them under one key."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from stripe.params import (
    PaymentIntentCancelParams,
    PaymentIntentCaptureParams,
    PaymentIntentCreateParams,
    RefundCreateParams,
)
from stripe.params.checkout import SessionCreateParams

from paymenthub.kernel import ids
from paymenthub.kernel.cards import contains_card_number
from paymenthub.kernel.money import Money
from providers.errors import InvalidProviderData, Rejected
from providers.port import Call
from providers.types import CaptureRequest, PayRequest, RefundRequest

from . import amounts

METHODS: dict[str, Literal["card", "paypal"]] = {"credit-cards": "card", "pay-pal": "paypal"}
_LOCALES = (
    "bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv "
    "th tr vi zh zh-HK zh-TW"
)
LOCALES = frozenset(_LOCALES.split())
_TEXTS = {"paymentMethod": 255, "customer": 255, "productName": 250, "buyerEmail": 512}
_TOKENS = {"paymentMethod": ("pm_", "card_", "src_"), "customer": ("cus_",)}
_REASONS: dict[str, Literal["duplicate", "fraudulent", "requested_by_customer"]] = {
    "duplicate": "duplicate",
    "fraudulent": "fraudulent",
    "requested_by_customer": "requested_by_customer",
}
_REFERENCE_LIMIT = 200
_MINUTE = timedelta(minutes=1)


def check(request: PayRequest, *, may_be_nothing: bool = False) -> None:
    """Refuse what Stripe could not take. Raises `InvalidProviderData`."""
    data = request.provider_data
    # A card number belongs into Stripe's own form, wherever in the data it stands.
    if contains_card_number(json.dumps(data, default=str)):
        raise InvalidProviderData("providerData holds what looks like a card number.", param="providerData")
    for name, limit in _TEXTS.items():
        value = data.get(name)
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= limit):
            raise InvalidProviderData(f"{name} must be a text of at most {limit} characters.", param=name)
    for name, starts in _TOKENS.items():
        if name in data and not data[name].startswith(starts):
            raise InvalidProviderData(f"{name} must be an id of Stripe's ({', '.join(starts)}…).", param=name)
    if data.get("offSession") not in (None, True, False):
        raise InvalidProviderData("offSession must be true or false.", param="offSession")
    if data.get("offSession") and not ("paymentMethod" in data and "customer" in data):
        raise InvalidProviderData("offSession needs paymentMethod and customer.", param="offSession")
    if len(request.shop_reference) > _REFERENCE_LIMIT:
        raise InvalidProviderData(
            f"Stripe takes references of at most {_REFERENCE_LIMIT} characters.", param="shopTransactionId"
        )
    try:
        amount, _ = amounts.encode(request.money)
    except ValueError as error:
        raise InvalidProviderData(str(error), param="amount") from None
    if amount < 1 and not (may_be_nothing and amount == 0):
        raise InvalidProviderData("Stripe takes amounts above 0.", param="amount")


def session(call: Call, request: PayRequest, *, manual: bool) -> SessionCreateParams:
    """Build a Checkout Session, Stripe's hosted page for one payment."""
    data = request.provider_data
    amount, currency = amounts.encode(request.money)
    metadata = marks(call, request.shop_reference)
    name = data.get("productName") or request.description or request.shop_reference
    params: SessionCreateParams = {
        "mode": "payment",
        "allowed_payment_method_types": [METHODS[request.method]],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": currency, "unit_amount": amount, "product_data": {"name": name[:250]}},
            }
        ],
        "client_reference_id": request.shop_reference,
        "success_url": request.return_url,
        "cancel_url": request.cancel_url,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "locale": _locale(request.locale),
    }
    if manual:
        params["payment_intent_data"]["capture_method"] = "manual"
    if request.description:
        params["payment_intent_data"]["description"] = request.description[:1000]
    email = data.get("buyerEmail") or request.buyer.email
    if "customer" in data:
        params["customer"] = data["customer"]
    elif email:
        params["customer_email"] = email
    expires = _expires_at(call, request.expires_at)
    if expires is not None:
        params["expires_at"] = expires
    return params


def intent(call: Call, request: PayRequest, *, manual: bool) -> PaymentIntentCreateParams:
    """Build a PaymentIntent that charges a token at once."""
    data = request.provider_data
    amount, currency = amounts.encode(request.money)
    params: PaymentIntentCreateParams = {
        "amount": amount,
        "currency": currency,
        "payment_method": data["paymentMethod"],
        "allowed_payment_method_types": [METHODS[request.method]],
        "confirm": True,
        "capture_method": "manual" if manual else "automatic",
        "metadata": marks(call, request.shop_reference),
    }
    description = data.get("productName") or request.description
    if description:
        params["description"] = description[:1000]
    if "customer" in data:
        params["customer"] = data["customer"]
    if data.get("offSession"):
        params["off_session"] = True
    else:
        params["return_url"] = request.return_url
    return params


def capture(call: Call, request: CaptureRequest) -> PaymentIntentCaptureParams:
    """Build a capture. Stripe releases the rest unless told otherwise, which it allows to some merchants only."""
    params: PaymentIntentCaptureParams = {
        "amount_to_capture": _expressed(request.money),
        "metadata": {"hub_capture": call.attempt_reference},
    }
    if not request.final:
        params["final_capture"] = False
    return params


def refund(call: Call, request: RefundRequest, intent_id: str) -> RefundCreateParams:
    """Build a refund; a reason that Stripe has no word for is kept as a note."""
    metadata = marks(call, request.shop_reference) | {"hub_refund": request.refund_reference}
    params: RefundCreateParams = {"payment_intent": intent_id, "amount": _expressed(request.money)}
    if request.reason in _REASONS:
        params["reason"] = _REASONS[request.reason]
    elif request.reason:
        metadata["hub_reason"] = request.reason[:500]
    params["metadata"] = metadata
    return params


def cancelled() -> PaymentIntentCancelParams:
    """Tell why an intent is cancelled."""
    return {"cancellation_reason": "requested_by_customer"}


def _expressed(money: Money) -> int:
    """Return Stripe's amount. Raises `Rejected` where Stripe cannot express it: nothing is sent, so nothing is unknown."""
    try:
        return amounts.encode(money)[0]
    except ValueError as error:
        raise Rejected(str(error), psp_code="amount_not_expressible") from None


def marks(call: Call, shop_reference: str) -> dict[str, str]:
    """Return the metadata by which notifications and lists are matched."""
    return {"hub_attempt": call.attempt_reference, "shop_transaction_id": shop_reference}


def _locale(wanted: str) -> Any:
    known = wanted.replace("_", "-")
    return next((word for word in (known, known.partition("-")[0]) if word in LOCALES), "auto")


def _expires_at(call: Call, wanted: datetime | None) -> int | None:
    """Move the wanted end into the 30 minutes to 24 hours that Stripe allows.

    They are counted from when the attempt was made, which its id tells, and not from now: the parameters must be the
    same when the attempt is sent again. Without a moment to count from Stripe's own end stands, after 24 hours.
    """
    made = _made_at(call.attempt_reference)
    if wanted is None or made is None:
        return None
    return int(min(max(wanted, made + 35 * _MINUTE), made + 24 * 60 * _MINUTE - 5 * _MINUTE).timestamp())


def _made_at(attempt_reference: str) -> datetime | None:
    known = ids.parse_public_id(ids.ATTEMPT, attempt_reference)
    if known is None or known.version != 7:
        return None
    return datetime.fromtimestamp((known.int >> 80) // 1000, UTC)
