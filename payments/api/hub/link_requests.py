"""What an order system sends about payment links."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from paymenthub.kernel import clock
from paymenthub.kernel.errors import InvalidField
from payments.api.fields import Amount, CurrencyCode
from payments.api.gateway.requests import Buyer, Locale, Text, WebUrl
from payments.api.typed import read, refuse_card_numbers

from .opening_requests import ALIASES, check_wish

_SHORTEST, _LONGEST = dt.timedelta(minutes=1), dt.timedelta(days=1826)
_NO_LIMITS = ("expiresAt", "maxUses")
"""What a change may set to null: without a limit from then on."""

MaxUses = Annotated[
    int,
    Meta(ge=1, le=1_000_000, description="How often it may be paid; null: as often as somebody comes.", examples=[1]),
]
ExpiresAt = Annotated[
    dt.datetime,
    Meta(tz=True, description="Until when a payment may be begun, with its offset: at most 5 years from now."),
]


class LinkBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A payment link. Either `amount`, or `minAmount` and `maxAmount`, between which the customer chooses."""

    amount: Amount | UnsetType = UNSET
    min_amount: Annotated[int, Meta(ge=1, le=10**15, description="Minor units.")] | UnsetType = UNSET
    max_amount: Annotated[int, Meta(ge=1, le=10**15, description="Minor units.")] | UnsetType = UNSET
    currency: CurrencyCode
    shop_transaction_id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="Your own id of the link, once. Each use is the payment `{shopTransactionId}-{n}`.",
            examples=["order-2041"],
        ),
    ]
    max_uses: MaxUses | None = 1
    expires_at: ExpiresAt | UnsetType = UNSET
    description: Annotated[Text, Meta(description="Shown to the customer.")] = ""
    buyer: Buyer = msgspec.field(default_factory=Buyer)
    items: Annotated[list[dict[str, Any]], Meta(max_length=200, description="As in `POST /v1/payments`.")] = (
        msgspec.field(default_factory=list)
    )
    locale: Locale = ""
    allowed_methods: Annotated[
        list[Annotated[str, Meta(max_length=65)]],
        Meta(max_length=50, description="`provider/method`, or `method` at any provider; none: all."),
    ] = msgspec.field(default_factory=list)
    capture_mode: Literal["automatic", "manual"] = "automatic"
    success_redirect_url: WebUrl = ""
    failure_redirect_url: WebUrl = ""
    callback_url: WebUrl = ""
    additional_data: Annotated[dict[str, Any], Meta(description="Your own notes; at most 16 KB. No card data.")] = (
        msgspec.field(default_factory=dict)
    )


class LinkChangeBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays. The amount cannot be changed: make another link."""

    expires_at: Annotated[ExpiresAt | UnsetType | None, Meta(description="null: without an end.")] = UNSET
    max_uses: Annotated[MaxUses | UnsetType | None, Meta(description="null: without a limit.")] = UNSET
    disabled: Annotated[bool, Meta(description="`true` ends it now; `false` opens it again.")] | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET


class SendLinkBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """To whom the link is sent; without an address to the link's buyer."""

    channel: Literal["email", "sms"] = "email"
    email: Annotated[str, Meta(max_length=320, examples=["ada@shop.example"])] = ""
    locale: Annotated[Locale, Meta(description="The mail's language; else the link's.")] = ""


def read_link(body: Any, *, hosts: list[str]) -> LinkBody:
    """Read and check a link. Raises InvalidField, or Unprocessable for what looks like a card number."""
    given = dict(body) if isinstance(body, Mapping) else body
    reusable = isinstance(given, dict) and "maxUses" in given and given["maxUses"] is None
    request = read(given, LinkBody, aliases=ALIASES)
    if reusable:
        request.max_uses = None
    bounds = (request.min_amount, request.max_amount)
    if (request.amount is UNSET) == (bounds == (UNSET, UNSET)):
        raise InvalidField("Give `amount`, or `minAmount` and `maxAmount`.", param="amount")
    if request.amount is UNSET:
        if UNSET in bounds:
            raise InvalidField("Both bounds are needed.", param="maxAmount" if bounds[1] is UNSET else "minAmount")
        if request.max_amount < request.min_amount:  # type: ignore[operator]
            raise InvalidField("This lies below minAmount.", param="maxAmount")
    check_wish(request, hosts=hosts)
    if request.expires_at is not UNSET:
        _check_expiry(request.expires_at)
    return request


def read_change(body: Any) -> LinkChangeBody:
    """Read and check a change. Raises InvalidField, or Unprocessable for what looks like a card number."""
    nulls = [name for name in _NO_LIMITS if isinstance(body, Mapping) and name in body and body[name] is None]
    request = read(body, LinkChangeBody)
    for name in nulls:
        setattr(request, "expires_at" if name == "expiresAt" else "max_uses", None)
    if all(getattr(request, name) is UNSET for name in request.__struct_fields__):
        raise InvalidField("Nothing is to change: name expiresAt, maxUses, disabled, description or locale.")
    if isinstance(request.expires_at, dt.datetime):
        _check_expiry(request.expires_at)
    if isinstance(request.description, str):
        refuse_card_numbers(request.description, param="description")
    if isinstance(request.locale, str) and not request.locale.isprintable():
        raise InvalidField("This is no language tag.", param="locale")
    return request


def _check_expiry(expires_at: dt.datetime) -> None:
    if not _SHORTEST <= expires_at - clock.now() <= _LONGEST:
        raise InvalidField("This must lie between 1 minute and 5 years from now.", param="expiresAt")
