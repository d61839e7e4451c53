"""What an order system sends about subscriptions: the published fields, their older names, and ours."""

import datetime as dt
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from paymenthub.kernel.errors import InvalidField
from paymenthub.kernel.money import MAX_AMOUNT
from payments.api.fields import Amount, CurrencyCode, check_currency
from payments.api.typed import read

from .requests import PayRequest, ShopTransactionId, read_paying

Interval = Literal["DAY", "WEEK", "MONTH", "YEAR"]
IntervalCount = Annotated[int, Meta(ge=1, le=3650, description="Every so many intervals.", examples=[1])]
ExpiresAfter = Annotated[
    int, Meta(ge=1, le=9999, description="It ends after so many payments; without it, when somebody ends it.")
]
Token = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="The `subscriptionToken` that the start answered: the provider's, or ours (`sub_…`).",
        examples=["ss_1Q2"],
    ),
]
MaybeNothing = Annotated[
    int, Meta(ge=0, le=MAX_AMOUNT, description="Minor units. 0: nothing is taken today.", examples=[1299])
]


class SubscriptionInfo(msgspec.Struct, rename="camel", kw_only=True):
    """How often, and how long."""

    interval: Interval
    interval_count: IntervalCount = 1
    expires_after: ExpiresAfter | UnsetType = UNSET


class SubscribeRequest(PayRequest, rename="camel", kw_only=True):
    """An order system's wish that a customer pays again and again."""

    amount: MaybeNothing
    subscription_info: SubscriptionInfo
    shop_subscription_id: Annotated[
        str, Meta(max_length=255, description="Your own id of the subscription; without it `shopTransactionId`.")
    ] = ""
    regular_amount: Annotated[
        Amount | UnsetType,
        Meta(description="What each later payment takes, where that is not `amount`. Needed where `amount` is 0."),
    ] = UNSET
    trial_end: Annotated[
        dt.date | UnsetType,
        Meta(
            description="The day of the first payment of the regular amount, in the project's time zone. Without "
            "`regularAmount`, `amount` is what the later payments take, and nothing is taken today.",
            examples=["2027-03-01"],
        ),
    ] = UNSET
    expiration_date: Annotated[
        dt.date | UnsetType, Meta(description="Nothing is charged on this day or later.", examples=["2028-03-01"])
    ] = UNSET

    @property
    def regular(self) -> int:
        """What each later payment takes."""
        return self.amount if self.regular_amount is UNSET else self.regular_amount

    @property
    def first(self) -> int | None:
        """What is taken today, where that is not left to the terms."""
        return None if self.regular_amount is UNSET else self.amount


class StartInfo(SubscriptionInfo, rename="camel", kw_only=True):
    """How often, how long, and who asks for the later payments."""

    run_by: Annotated[
        Literal["shop", "hub"],
        Meta(description="`shop`: you send `subscription/pay` for each; `hub`: this hub charges them by itself."),
    ] = "shop"


class StartRequest(SubscribeRequest, rename="camel", kw_only=True):
    """The same, with later payments that the shop asks for, or this hub makes."""

    subscription_info: StartInfo


class TokenInfo(msgspec.Struct, rename="camel", kw_only=True):
    """Which subscription."""

    token: Token


class SubscriptionPayRequest(PayRequest, rename="camel", kw_only=True):
    """A later payment of a subscription that the merchant runs."""

    subscription_info: TokenInfo


class ChangedInfo(msgspec.Struct, rename="camel", kw_only=True):
    """What is to change; what is left out stays."""

    interval: Interval | UnsetType = UNSET
    interval_count: IntervalCount | UnsetType = UNSET
    expires_after: ExpiresAfter | UnsetType = UNSET


class SubscriptionUpdateRequest(msgspec.Struct, rename="camel", kw_only=True):
    """What a subscription takes, and how often, from its next period on."""

    amount: Amount | UnsetType = UNSET
    currency: CurrencyCode = ""
    shop_transaction_id: ShopTransactionId | UnsetType = UNSET
    subscription_info: ChangedInfo = msgspec.field(default_factory=ChangedInfo)
    provider_data: Annotated[dict[str, Any], Meta(description="Accepted for older clients, and ignored.")] = (
        msgspec.field(default_factory=dict)
    )


Subscribing = TypeVar("Subscribing", bound=SubscribeRequest)


def read_subscribe(body: Any, kind: type[Subscribing]) -> Subscribing:
    """Read a request to start or schedule. Raises InvalidField, or Unprocessable."""
    request = read_paying(body, kind)
    if request.regular == 0:
        raise InvalidField(
            "This field is required where the first payment is 0: it says what the later ones take.",
            param="regularAmount",
        )
    shop_id = request.shop_subscription_id
    if shop_id and (not shop_id.isprintable() or not shop_id.strip()):
        raise InvalidField("Printable characters only, and not blanks alone.", param="shopSubscriptionId")
    return request


def read_subscription_pay(body: Any) -> SubscriptionPayRequest:
    """Read a request for a later payment. Raises InvalidField, or Unprocessable."""
    request = read_paying(body, SubscriptionPayRequest)
    request.subscription_info.token = check_token(request.subscription_info.token, param="subscriptionInfo.token")
    return request


def read_update(body: Any) -> SubscriptionUpdateRequest:
    """Read a request to change a subscription. Raises InvalidField where nothing is to change."""
    request = read(body, SubscriptionUpdateRequest, aliases={"shopTransactionID": "shopTransactionId"})
    if request.currency:
        check_currency(request.currency)
    info = request.subscription_info
    if all(value is UNSET for value in (request.amount, info.interval, info.interval_count, info.expires_after)):
        raise InvalidField("Nothing is to change: name an amount, or a field of subscriptionInfo.", param="amount")
    return request


def check_token(token: str, *, param: str = "subscriptionToken") -> str:
    """Return a token without blanks around it. Raises InvalidField for what cannot be one."""
    token = token.strip()
    if not token or len(token) > 255 or not token.isprintable():
        raise InvalidField("This cannot be the token of a subscription.", param=param)
    return token
