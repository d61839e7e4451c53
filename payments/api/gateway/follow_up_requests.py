"""What an order system sends to capture, cancel and refund a payment by its `paymentId`."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from paymenthub.kernel.errors import InvalidField
from payments.api.fields import (
    Amount,
    AnyPaymentId,
    CurrencyCode,
    Reason,
    check_currency,
    check_payment_id,
    check_words,
)
from payments.api.typed import read, refuse_card_numbers

_ALIASES = {"paymentID": "paymentId"}
_SAY_THE_AMOUNT = (
    "This field is required: a refund never guesses. To give back all that is left, read `amounts.refundable` of "
    "GET /v1/payments/{paymentId} and send it."
)
ProviderData = Annotated[dict[str, Any], Meta(description="Accepted for older clients, and ignored.")]


class CaptureRequest(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """Take held money. Without `amount`: all that is held."""

    payment_id: AnyPaymentId
    amount: Amount | UnsetType = UNSET
    currency: CurrencyCode = ""
    final: Annotated[bool, Meta(description="Whether what is left is given up. `false`: more captures follow.")] = True
    provider_data: ProviderData = msgspec.field(default_factory=dict)


class CancelRequest(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """Give up held money, or close what nobody has paid yet."""

    payment_id: AnyPaymentId
    provider_data: ProviderData = msgspec.field(default_factory=dict)


class RefundRequest(msgspec.Struct, rename="camel", kw_only=True):
    """Give money back."""

    payment_id: AnyPaymentId
    amount: Amount
    currency: CurrencyCode
    reason: Reason = ""
    provider_data: ProviderData = msgspec.field(default_factory=dict)


def read_capture(body: Any) -> CaptureRequest:
    """Read and check. Raises InvalidField; a misspelt `amount` is one, as it would capture everything."""
    request = read(body, CaptureRequest, aliases=_ALIASES)
    request.payment_id = check_payment_id(request.payment_id)
    if request.currency:
        check_currency(request.currency)
    return request


def read_cancel(body: Any) -> CancelRequest:
    """Read and check. Raises InvalidField."""
    request = read(body, CancelRequest, aliases=_ALIASES)
    request.payment_id = check_payment_id(request.payment_id)
    return request


def read_refund(body: Any) -> RefundRequest:
    """Read and check. Raises InvalidField, or Unprocessable for what looks like a card number."""
    require_amount(body)
    request = read(body, RefundRequest, aliases=_ALIASES)
    request.payment_id = check_payment_id(request.payment_id)
    check_currency(request.currency)
    check_words(request.reason, param="reason")
    refuse_card_numbers(request.provider_data, param="providerData")
    return request


def require_amount(body: Any) -> None:
    """Raise InvalidField where a refund names no amount, and say how to refund the rest."""
    if isinstance(body, dict) and body.get("amount") is None:
        raise InvalidField(_SAY_THE_AMOUNT, param="amount")
