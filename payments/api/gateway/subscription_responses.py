"""What an order system is answered about subscriptions, in the published names."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from payments.models import Subscription
from payments.selectors.subscription_list import of_payment
from payments.selectors.subscription_object import status_of, subscription_object
from payments.services.results import PayOutcome, Result

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
            description="Holds `subscriptionId`, `shopSubscriptionId`, `shopTransactionId`, `paymentMethod`, `state`, `runBy`, "
            "`amount`, `currency`, `interval`, `intervalCount`, `period`, `paymentsMade`, `nextPaymentDate`, "
            "`expirationDate`, `expireRequested`, `paused` and `endReason`."
        ),
    ]


def subscription_result(outcome: PayOutcome) -> SubscriptionResult:
    """Put how a subscription's payment went into the published words."""
    payment, subscription = outcome.payment, of_payment(outcome.payment)
    return SubscriptionResult(
        result=outcome.result,
        result_description=outcome.description,
        payment_id=payment.wire_id,
        subscription_token=subscription.token or subscription.public_id,
        redirect_to_url=outcome.redirect_url or UNSET,
        redirect_to_url_mobile=outcome.redirect_url_mobile or UNSET,
        metadata={
            "hubPaymentId": payment.public_id,
            "subscriptionId": subscription.public_id,
            "status": status_of(subscription).value,
            "state": subscription.state,
        },
    )


def changed(subscription: Subscription, description: str) -> SubscriptionChanged:
    """Say that a subscription was changed, or is to end."""
    told = subscription_object(subscription)
    names = ("subscriptionId", "status", "state", "nextPaymentDate", "expireRequested")
    return SubscriptionChanged(
        result="OK",
        result_description=description,
        subscription_token=told["subscriptionToken"],
        metadata={name: told[name] for name in names},
    )


def status_object(subscription: Subscription) -> SubscriptionStatusObject:
    """Say how a subscription stands."""
    told = subscription_object(subscription)
    return SubscriptionStatusObject(
        status=told.pop("status"),
        subscription_token=told.pop("subscriptionToken"),
        provider_name=told.pop("providerName"),
        metadata=told,
    )
