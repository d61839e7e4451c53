"""The Flow Manager's envelope: `{key, value: {messageLabel, messagePayload}}`, and what a command's payload must say."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from paymenthub.kernel.errors import InvalidField
from paymenthub.kernel.money import MAX_AMOUNT
from payments.api.gateway.requests import read_pay
from payments.api.gateway.subscription_requests import SubscribeRequest, read_subscribe, read_subscription_pay
from payments.api.typed import read, refuse_card_numbers
from payments.flow_manager.metadata import part, provider_data_in

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_IDENTIFIERS = frozenset(
    {
        *("sagaId", "paymentId", "paymentID", "hubPaymentId", "shopTransactionId", "shopTransactionID"),
        *("subscriptionId", "sessionToken", "providerData"),
    }
)
"""Names whose digits are no number that anybody typed; and providerData, which is checked by itself."""
PAY_NEEDS = ("provider", "paymentMethod", "amount", "currency", "shopTransactionId")
LINK_NEEDS = ("provider", "amount", "currency", "shopTransactionId")

SagaKey = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="The saga's id at the Flow Manager.",
        examples=["payment4f1c0a52-9b1e-4c0e-8f5e-0d6f1f9a2b11"],
    ),
]
Label = Annotated[
    str, Meta(min_length=1, max_length=64, description="The command's or event's name.", examples=["paymentScheduled"])
]


class Message(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """What is said of a saga."""

    message_label: Label
    message_payload: Annotated[
        dict[str, Any],
        Meta(description="The saga's whole metadata (a command), or what is new of it (an event); at most 64 KB."),
    ]


class Envelope(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A message about a saga, as Flow Managers send it."""

    key: SagaKey
    value: Message


def read_envelope(body: Any) -> Envelope:
    """Read and check. Raises InvalidField, or Unprocessable for what looks like a card number."""
    envelope = read(body, Envelope)
    for text, param in ((envelope.key, "key"), (envelope.value.message_label, "value.messageLabel")):
        if not text.isprintable() or not text.strip():
            raise InvalidField("Printable characters only, and not blanks alone.", param=param)
    refuse_cards_in(envelope.value.message_payload)
    return envelope


def refuse_cards_in(metadata: Mapping[str, Any], *, param: str = "messagePayload") -> None:
    """Raise Unprocessable where something that is no identifier looks like a card number."""
    refuse_card_numbers({name: item for name, item in metadata.items() if name not in _IDENTIFIERS}, param=param)


def check_pay(metadata: Mapping[str, Any], *, by_link: bool = False) -> None:
    """Check what a payment needs, by the rules of `POST /{provider}/{method}/pay`; a link may leave the method open.

    Raises InvalidField, Unprocessable.
    """
    _check_names(metadata, by_link=by_link)
    check_open(metadata)


def check_open(metadata: Mapping[str, Any]) -> None:
    """Check what a payment needs whose method is still to be chosen, by the same rules."""
    read_pay(_body_of(metadata))


def check_subscribe(metadata: Mapping[str, Any]) -> None:
    """Check what the start of a subscription needs, by the gateway's rules. Raises InvalidField, Unprocessable."""
    _check_names(metadata)
    check_open_subscription(metadata)


def check_open_subscription(metadata: Mapping[str, Any]) -> None:
    """Check what a subscription needs whose method is still to be chosen, by the same rules."""
    info = {"subscriptionInfo": part(metadata, "payRequestData").get("subscriptionInfo")}
    read_subscribe(_body_of(metadata) | info, SubscribeRequest)


def check_subscription_pay(metadata: Mapping[str, Any]) -> None:
    """Check what a later payment needs: `subscriptionToken`, where `payRequestData.subscriptionInfo` names none."""
    _check_names(metadata)
    info = dict(part(part(metadata, "payRequestData"), "subscriptionInfo"))
    info.setdefault("token", metadata.get("subscriptionToken"))
    read_subscription_pay(_body_of(metadata) | {"subscriptionInfo": {"token": info["token"]}})


def _check_names(metadata: Mapping[str, Any], *, by_link: bool = False) -> None:
    for name in ("provider", "paymentMethod"):
        value = metadata.get(name)
        if by_link and name == "paymentMethod" and not value:
            continue
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise InvalidField("This field is required: lower-case letters, digits and -.", param=name)


def _body_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    redirects, more = part(metadata, "payRequestData"), part(metadata, "additionalData")
    body = {name: metadata.get(name) for name in ("amount", "currency", "description", "locale")}
    for older in ("shopTransactionId", "shopTransactionID"):
        body[older] = metadata.get(older)
    for name in ("successRedirect", "successRedirectUrl", "failureRedirect", "failureRedirectUrl"):
        body[name] = redirects.get(name)
    body["buyer"] = dict(part(more, "buyer") or part(metadata, "buyer"))
    body["additionalData"] = {name: value for name, value in more.items() if name != "buyer"}
    body["providerData"] = provider_data_in(metadata)
    return body


def refund_amount(metadata: Mapping[str, Any]) -> int:
    """Return how much is to be given back, in minor units. Raises InvalidField."""
    amount = part(metadata, "refundRequestData").get("amount")
    if type(amount) is not int or not 1 <= amount <= MAX_AMOUNT:
        raise InvalidField(f"A whole number from 1 to {MAX_AMOUNT}, in minor units.", param="refundRequestData.amount")
    return amount
