"""What an order system is answered about subscriptions, in the published names."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from payments.services.results import Result

from .responses import PaymentId

SubscriptionToken = Annotated[
    str,
    Meta(description="The provider's id of the subscription; ours (`sub_…`) while none is known.", examples=["ss_1Q2"]),
]
PublishedStatus = Annotated[
    Literal["PENDING", "ACTIVE", "PAST_DUE", "EXPIRED", "CANCELED", "UNKNOWN"],
    Meta(
        description="PENDING: the first payment is still due; ACTIVE: the last one succeeded; PAST_DUE: the last one failed; "
        "EXPIRED: ended by its date or number of payments; CANCELED: ended by somebody, or after too many failures."
    ),
]


class SubscriptionResult(msgspec.Struct, rename="camel", kw_only=True):
    """How a payment of a subscription went. `REDIRECT_TO_URL` comes with at least one address."""

    result: Annotated[
        Result,
        Meta(
            description="OK: paid, or begun where nothing is taken today; KO: refused; PENDING: not known yet, ask for the "
            "status; REDIRECT_TO_URL: send on."
        ),
    ]
    result_description: str
    payment_id: PaymentId
    subscription_token: SubscriptionToken
    redirect_to_url: str | UnsetType = UNSET
    redirect_to_url_mobile: str | UnsetType = UNSET
    metadata: Annotated[dict[str, Any], Meta(description="Always holds `hubPaymentId` and `subscriptionId`.")]


class SubscriptionChanged(msgspec.Struct, rename="camel", kw_only=True):
    """How a change of a subscription, or its end, went. `KO` is an answer and no error."""

    result: Literal["OK", "KO", "PENDING"]
    result_description: str
    subscription_token: SubscriptionToken
    metadata: Annotated[
        dict[str, Any],
        Meta(description="Holds `subscriptionId`, `status`, `state`, `nextPaymentDate` and `expireRequested`."),
    ]


class SubscriptionStatusObject(msgspec.Struct, rename="camel", kw_only=True):
    """How a subscription stands."""

    status: PublishedStatus
    subscription_token: SubscriptionToken
    provider_name: str
    metadata: Annotated[
        dict[str, Any],
        Meta(
            description="Holds `subscriptionId`, `state`, `shopSubscriptionId`, `amount`, `currency`, `interval`, "
            "`intervalCount`, `nextPaymentDate`, `expirationDate` and `expireRequested`."
        ),
    ]
