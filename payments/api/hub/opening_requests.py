"""What an order system sends to open a payment whose customer chooses the method."""

import datetime as dt
import json
import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from paymenthub.kernel import clock
from paymenthub.kernel.errors import InvalidField
from payments.api.fields import Amount, CurrencyCode, check_currency
from payments.api.gateway.requests import Buyer, Locale, ShopTransactionId, Text, WebUrl
from payments.api.typed import read, refuse_card_numbers
from payments.domain import addresses, redirects

ALIASES = {
    "shopTransactionID": "shopTransactionId",
    "successRedirect": "successRedirectUrl",
    "failureRedirect": "failureRedirectUrl",
    "expiry": "expiresAt",
}
_ADDITIONAL_DATA_BYTES = 16 * 1024
_ITEMS_BYTES = 32 * 1024
_SHORTEST, _LONGEST = dt.timedelta(minutes=1), dt.timedelta(days=90)
_METHOD = re.compile(r"([a-z][a-z0-9-]{0,31}/)?[a-z0-9][a-z0-9-]{0,31}")


class OpenBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A wish to be paid, by a method that the customer will choose."""

    amount: Amount
    currency: CurrencyCode
    shop_transaction_id: ShopTransactionId
    success_redirect_url: Annotated[
        WebUrl, Meta(description="Where the customer goes on to once it is paid, with signed parameters.")
    ] = ""
    failure_redirect_url: Annotated[
        WebUrl, Meta(description="Where the customer goes on to where it was not paid and cannot be any more.")
    ] = ""
    callback_url: Annotated[
        WebUrl, Meta(description="Where this payment's outcome is posted; else the project's address.")
    ] = ""
    description: Annotated[Text, Meta(description="Shown to the customer.")] = ""
    locale: Locale = ""
    buyer: Buyer = msgspec.field(default_factory=Buyer)
    items: Annotated[
        list[dict[str, Any]],
        Meta(
            max_length=200,
            description="What is bought, for the order summary and the invoice: `itemId`, `description`, `quantity`, "
            "`amount` (of one unit), `vatRate`, `discount`. At most 200 items and 32 KB. No card data.",
        ),
    ] = msgspec.field(default_factory=list)
    expires_at: (
        Annotated[
            dt.datetime,
            Meta(
                tz=True,
                description="Until when the customer may begin to pay: 1 minute to 90 days from now, with its offset; by "
                "default 24 hours (`CHECKOUT_HOURS`).",
            ),
        ]
        | UnsetType
    ) = UNSET
    allowed_methods: Annotated[
        list[Annotated[str, Meta(max_length=65)]],
        Meta(
            max_length=50,
            description="Which methods may be offered: `provider/method`, or `method` at any provider; none: all.",
            examples=[["sandbox/credit-cards", "paypal"]],
        ),
    ] = msgspec.field(default_factory=list)
    capture_mode: Annotated[
        Literal["automatic", "manual"], Meta(description="`manual` holds the money; `capture` takes it.")
    ] = "automatic"
    additional_data: Annotated[
        dict[str, Any], Meta(description="Your own notes on the payment; at most 16 KB. No card data.")
    ] = msgspec.field(default_factory=dict)


def read_open(body: Any, *, hosts: list[str]) -> OpenBody:
    """Read and check a request to open a payment; `hosts` is the project's list for redirects.

    Raises InvalidField, or Unprocessable for what looks like a card number.
    """
    request = read(body, OpenBody, aliases=ALIASES)
    check_wish(request, hosts=hosts)
    _check_expiry(request.expires_at)
    return request


def check_wish(request: Any, *, hosts: list[str]) -> None:
    """Check what an open payment and a payment link say alike. Raises InvalidField, Unprocessable."""
    check_currency(request.currency)
    if not request.shop_transaction_id.isprintable() or not request.shop_transaction_id.strip():
        raise InvalidField("Printable characters only, and not blanks alone.", param="shopTransactionId")
    if not request.locale.isprintable():  # a pattern's end also matches before a line break
        raise InvalidField("This is no language tag.", param="locale")
    for url, param in (
        (request.success_redirect_url, "successRedirectUrl"),
        (request.failure_redirect_url, "failureRedirectUrl"),
    ):
        _refuse(redirects.problem_of_servers(url, hosts) if url else "", param)
    _refuse(addresses.problem(request.callback_url) if request.callback_url else "", "callbackUrl")
    for index, entry in enumerate(request.allowed_methods):
        if not _METHOD.fullmatch(entry):
            raise InvalidField("`provider/method` or `method`, in lower case.", param=f"allowedMethods[{index}]")
    if request.items and "items" in request.additional_data:
        raise InvalidField("Items are given here and in `additionalData`.", param="items")
    _check_size(request.items, "items", _ITEMS_BYTES)
    _check_size(request.additional_data, "additionalData", _ADDITIONAL_DATA_BYTES)
    refuse_card_numbers(request.description, param="description")
    refuse_card_numbers(msgspec.to_builtins(request.buyer), param="buyer")
    refuse_card_numbers(request.items, param="items")
    refuse_card_numbers(request.additional_data, param="additionalData")


def _refuse(wrong: str, param: str) -> None:
    if wrong:
        raise InvalidField(wrong, param=param)


def _check_expiry(expires_at: dt.datetime | UnsetType) -> None:
    if expires_at is UNSET:
        return
    left = expires_at - clock.now()
    if not _SHORTEST <= left <= _LONGEST:
        raise InvalidField("This must lie between 1 minute and 90 days from now.", param="expiresAt")


def _check_size(value: Any, param: str, most: int) -> None:
    if len(json.dumps(value, ensure_ascii=False).encode()) > most:
        raise InvalidField(f"At most {most} bytes of JSON.", param=param)
