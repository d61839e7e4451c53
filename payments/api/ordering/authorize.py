"""POST /payments/authorize: the command of the EventCatalog Payment API."""

import dataclasses
import functools
import json
import uuid
from typing import Annotated, Any

import msgspec
from django.conf import settings
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.money import MAX_AMOUNT, Money
from payments.api import idempotent
from payments.api.fields import CurrencyCode, check_currency
from payments.api.schema import Operation, documented
from payments.api.typed import read, refuse_card_numbers
from payments.api.views import PAYERS, HubAPIView, caller, request_id
from payments.domain.order_words import OrderStatus
from payments.idempotency import Claim
from payments.models import OrderIntent
from payments.services.authorize_order import (
    AuthorizeCommand,
    OtherAuthorization,
    authorize_order,
)
from payments.services.order_checkout import checkout_url

from . import examples
from .waiting import wait_for_outcome

_PROVIDER_DATA_BYTES = 64 * 1024
_LONGEST_WAIT = 20


class PaymentDeclined(errors.HubError):
    """The payment was declined while `wait` lasted; `details.reason` says why."""

    code, status = "payment_declined", 402


_Uuid = Annotated[uuid.UUID, Meta(description="A UUID.", examples=["0197a2c4-d5e6-7f80-91a2-b3c4d5e6f70a"])]
_Code = Annotated[str, Meta(max_length=32, pattern="^[a-z][a-z0-9-]*$", examples=["sandbox"])]


class AuthorizeOrderRequest(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """The catalog's command (its four fields), and ours beside it."""

    cart_id: Annotated[_Uuid, Meta(description="The cart: paid once, while nothing of it has failed or was cancelled.")]
    amount: Annotated[
        int, Meta(ge=0, le=MAX_AMOUNT, description="Minor units; 0 succeeds without a provider.", examples=[1299])
    ]
    currency: CurrencyCode
    customer_id: _Uuid | UnsetType = UNSET
    order_id: (
        Annotated[_Uuid, Meta(description="The order, where it has an id already; else one is made.")] | UnsetType
    ) = UNSET
    provider: (
        Annotated[_Code, Meta(description="Who takes the money; else the project's only one, or the customer chooses.")]
        | UnsetType
    ) = UNSET
    payment_method: _Code | UnsetType = UNSET
    provider_data: Annotated[
        dict[str, Any], Meta(description="The provider's token: with it the hub charges by itself. Never stored.")
    ] = msgspec.field(default_factory=dict)
    wait: Annotated[
        int,
        Meta(
            ge=0, le=_LONGEST_WAIT, description="Seconds for which the answer may wait for the outcome.", examples=[5]
        ),
    ] = 0


class AuthorizeOrderResult(msgspec.Struct, rename="camel", kw_only=True):
    """How the payment stands."""

    payment_id: Annotated[str, Meta(description="Ours, a bare UUID; carry it on as `paymentAuthorizationId`.")]
    order_id: Annotated[str, Meta(description="As given, else made by the hub; events name it.")]
    cart_id: str
    status: Annotated[
        OrderStatus,
        Meta(description="REQUESTED: not decided; SUCCEEDED: the money is held, or taken."),
    ]
    amount: int
    currency: str
    checkout_url: Annotated[str, Meta(description="Where the customer pays; only while somebody must.")] | UnsetType = (
        UNSET
    )


class AuthorizeOrderView(HubAPIView):
    """Authorise the payment of an order."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="authorize_order",
            summary="Authorise an order's payment",
            description=(
                "Holds the order's total. With `providerData` a worker charges it, and the outcome comes as an event; without, "
                "the answer has a `checkoutUrl`, and the charge starts there. Held money is captured when the order was created "
                "(`ORDER_CAPTURE_ON`) and given back when it was cancelled, by messages of the event bus. The same cart with the "
                "same amount and currency answers with the first one's payment (`Idempotency-Replayed: true`), with others it is "
                "409; once that has failed it is a new payment. 402 only where the decline is known within `wait` seconds: "
                "without it, and later, `payment-failed` tells of it."
            ),
            tag="Orders",
            request=AuthorizeOrderRequest,
            response=AuthorizeOrderResult,
            request_examples=examples.AUTHORIZE_ORDERS,
            response_examples=examples.AUTHORIZED_ORDERS,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
                errors.Unprocessable, errors.Busy, PaymentDeclined, OtherAuthorization,
            ),
            status=201,
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Authorise."""

        def work(claim: Claim | None) -> tuple[Response, bool]:
            body = read(request.data, AuthorizeOrderRequest)
            first_answer = functools.partial(_first_answer, claim) if claim is not None else None
            made = authorize_order(_command(request, body), first_answer)
            seconds = min(float(body.wait), settings.ORDER_WAIT_MAX_SECONDS)
            intent = made.intent if made.replayed or not seconds else wait_for_outcome(made.intent, seconds=seconds)
            if intent.status == OrderStatus.FAILED:
                return Response(_settle(claim, 402, _declined(intent, request)), status=402), False
            answer = _result(intent)
            if not made.replayed and intent.status != OrderStatus.REQUESTED:
                _settle(claim, 201, msgspec.to_builtins(answer))
            return Response(answer, status=201), made.replayed

        return idempotent.perform_with_claim(request, work)


def _command(request: Request, body: AuthorizeOrderRequest) -> AuthorizeCommand:
    check_currency(body.currency)
    if len(json.dumps(body.provider_data, ensure_ascii=False).encode()) > _PROVIDER_DATA_BYTES:
        raise errors.InvalidField(f"At most {_PROVIDER_DATA_BYTES} bytes of JSON.", param="providerData")
    refuse_card_numbers(body.provider_data, param="providerData")
    key = caller(request)
    return AuthorizeCommand(
        project=key.project,
        mode=key.mode,
        cart_id=body.cart_id,
        money=Money(body.amount, body.currency),
        customer_id=body.customer_id or None,
        order_id=body.order_id or None,
        provider=body.provider or "",
        method=body.payment_method or "",
        provider_data=body.provider_data,
    )


def _first_answer(claim: Claim, intent: OrderIntent) -> Claim:
    """Make the key's answer what is known when it is written down; it is made anew once more is known."""
    return dataclasses.replace(claim, render=lambda attempt: (201, msgspec.to_builtins(_result(intent))))


def _settle(claim: Claim | None, status: int, body: dict[str, Any]) -> dict[str, Any]:
    if claim is not None:
        dataclasses.replace(claim, render=lambda attempt: (status, body)).settle(None)
    return body


def _declined(intent: OrderIntent, request: Request) -> dict[str, Any]:
    details = {"paymentId": str(intent.id), "orderId": str(intent.order_id), "reason": intent.failure}
    text = f"Declined: {intent.failure.replace('_', ' ').lower()}."
    return errors.as_body(PaymentDeclined(text, details=details), request_id(request))


def _result(intent: OrderIntent) -> AuthorizeOrderResult:
    return AuthorizeOrderResult(
        payment_id=str(intent.id),
        order_id=str(intent.order_id),
        cart_id=str(intent.cart_id),
        status=OrderStatus(intent.status),
        amount=intent.amount,
        currency=intent.currency,
        checkout_url=checkout_url(intent) or UNSET,
    )
