"""What an order system sends to pay: the published fields, their older names, and ours."""

import json
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from paymenthub.kernel.errors import InvalidField
from payments.api.fields import Amount, CurrencyCode, check_currency
from payments.api.typed import read, refuse_card_numbers
from payments.domain import addresses

_ALIASES = {
    "shopTransactionID": "shopTransactionId",
    "successRedirect": "successRedirectUrl",
    "failureRedirect": "failureRedirectUrl",
}
_PROVIDER_DATA_BYTES = 64 * 1024
_ADDITIONAL_DATA_BYTES = 16 * 1024

ShopTransactionId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="Your own id of what is paid, printable. The same id with the same content is paid once.",
        examples=["order-2041"],
    ),
]
WebUrl = Annotated[str, Meta(max_length=2000, description="http or https, without user and password.")]
Text = Annotated[str, Meta(max_length=255)]
Locale = Annotated[
    str,
    Meta(
        max_length=16,
        pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*)?$",
        examples=["it"],
        description="A language tag.",
    ),
]


class Buyer(msgspec.Struct, rename="camel", omit_defaults=True):
    """Who pays."""

    id: Text = ""
    name: Text = ""
    email: Text = ""
    phone: Text = ""


class PayRequest(msgspec.Struct, rename="camel", kw_only=True):
    """An order system's wish to be paid."""

    amount: Amount
    currency: CurrencyCode
    shop_transaction_id: ShopTransactionId
    success_redirect_url: WebUrl = ""
    failure_redirect_url: WebUrl = ""
    callback_url: Annotated[
        WebUrl, Meta(description="Where this payment's outcome is posted; else the project's address.")
    ] = ""
    description: Annotated[Text, Meta(description="Shown to the customer where the provider does so.")] = ""
    locale: Locale = ""
    buyer: Buyer = msgspec.field(default_factory=Buyer)
    provider_data: Annotated[
        dict[str, Any], Meta(description="What the provider needs beyond that; at most 64 KB. Passed on, never stored.")
    ] = msgspec.field(default_factory=dict)
    additional_data: Annotated[
        dict[str, Any], Meta(description="Your own notes on the payment; at most 16 KB. No card data.")
    ] = msgspec.field(default_factory=dict)


Paying = TypeVar("Paying", bound=PayRequest)


def read_pay(body: Any) -> PayRequest:
    """Read and check a pay request. Raises InvalidField, or Unprocessable for what looks like a card number."""
    return read_paying(body, PayRequest)


def read_paying(body: Any, kind: type[Paying]) -> Paying:
    """Read and check a request that pays among other things. Raises as `read_pay` does."""
    request = read(body, kind, aliases=_ALIASES)
    check_currency(request.currency)
    if not request.shop_transaction_id.isprintable() or not request.shop_transaction_id.strip():
        raise InvalidField("Printable characters only, and not blanks alone.", param="shopTransactionId")
    if not request.locale.isprintable():  # a pattern's end also matches before a line break
        raise InvalidField("This is no language tag.", param="locale")
    _check_url(request.success_redirect_url, "successRedirectUrl")
    _check_url(request.failure_redirect_url, "failureRedirectUrl")
    _check_url(request.callback_url, "callbackUrl")
    _check_size(request.provider_data, "providerData", _PROVIDER_DATA_BYTES)
    _check_size(request.additional_data, "additionalData", _ADDITIONAL_DATA_BYTES)
    # The shop transaction id is exempt: it is an identifier, and its digits are no number that anybody typed.
    refuse_card_numbers(request.description, param="description")
    refuse_card_numbers(buyer_of(request), param="buyer")
    refuse_card_numbers(request.additional_data, param="additionalData")
    refuse_card_numbers(request.provider_data, param="providerData")
    return request


def buyer_of(request: PayRequest) -> dict[str, str]:
    """Return what is known of the buyer, without empty fields."""
    buyer: dict[str, str] = msgspec.to_builtins(request.buyer)
    return buyer


def _check_url(url: str, param: str) -> None:
    wrong = addresses.problem(url) if url else ""
    if wrong:
        raise InvalidField(wrong, param=param)


def _check_size(value: dict[str, Any], param: str, most: int) -> None:
    if len(json.dumps(value, ensure_ascii=False).encode()) > most:
        raise InvalidField(f"At most {most} bytes of JSON.", param=param)
