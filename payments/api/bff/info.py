"""GET /pgm-bff/payment-info and GET /pgm-bff/payment/{id}/methods."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.schema import Operation, Query, documented
from payments.domain.checkout import Stage
from payments.models import Payment
from payments.selectors.checkout import stage_of
from payments.selectors.offered import offered
from payments.selectors.sagas import saga_id_of
from payments.selectors.status import status_of
from payments.services.checkout_tokens import TokenExpired

from . import examples
from .access import SAGA_ID, SHOPS_AND_PAGES, TOKEN, PageView, saga_id_in
from .client import client_of

FINDING = (
    errors.InvalidField, errors.NotFound, errors.DuplicateTransaction, errors.Unprocessable, TokenExpired, errors.Busy,
)  # fmt: skip
"""What any call about one payment may meet."""
_DEVICES = {"type": "string", "enum": ["desktop", "phone"]}
_SHOWN_OF_ITEMS = ("itemId", "description", "quantity", "amount")


class PaymentInfo(msgspec.Struct, rename="camel", kw_only=True):
    """What pages show of a payment. Amounts are minor units; nothing about the buyer."""

    saga_id: str
    payment_id: str
    shop_transaction_id: str
    amount: int
    currency: str
    description: str
    items: Annotated[list[dict[str, Any]], Meta(description="Lines of the order, where the shop sent some.")]
    type: str
    status: Literal["ACCEPTED", "FAILED", "PENDING"]
    stage: Annotated[Stage, Meta(description="Where the customer stands; `processing`: nobody knows yet.")]
    reason: Annotated[str, Meta(description="Why the last try failed, as one word.")]
    tries_left: int
    provider: str
    payment_method: str
    total_refunded_amount: int
    expires_at: dt.datetime | None


class Method(msgspec.Struct, rename="camel", kw_only=True):
    """One way to pay, in the order in which to show them."""

    provider: str
    payment_method: str
    redirect_kind: str


class PaymentInfoView(PageView):
    """Show a payment to its pages."""

    required_scopes = {"GET": SHOPS_AND_PAGES}

    @documented(
        Operation(
            id="bff_payment_info",
            summary="Read what pages show of a payment",
            description="A summary for pages that pay and that show the result. Asks no provider.",
            tag="Front end",
            response=PaymentInfo,
            response_examples=examples.INFOS,
            query=(SAGA_ID,),
            headers=(TOKEN,),
            errors=FINDING,
        )
    )
    def get(self, request: Request) -> Response:
        """Show it."""
        return Response(_info(self.payment(request, saga_id_in(request))))


class MethodsView(PageView):
    """List the ways to pay."""

    required_scopes = {"GET": SHOPS_AND_PAGES}

    @documented(
        Operation(
            id="bff_payment_methods",
            summary="List the ways to pay",
            description="The methods that this customer is offered, in their order: by the project's rules, limits, currency, "
            "country and device, and only where the provider answers at present.",
            tag="Front end",
            response=Method,
            many=True,
            response_examples=examples.METHODS,
            query=(
                Query("country", "The customer's country, ISO 3166-1.", "IT"),
                Query("device", "Else told by the User-Agent.", "phone", schema=_DEVICES),
                Query("applePay", "Whether Apple Pay runs there.", "true", schema={"type": "boolean"}),
            ),
            headers=(TOKEN,),
            errors=FINDING,
        )
    )
    def get(self, request: Request, saga_id: str) -> Response:
        """List them."""
        client = client_of(request)
        offer = offered(self.payment(request, saga_id), client=client)
        return Response(
            [
                Method(provider=found.provider, payment_method=found.method, redirect_kind=found.redirect_kind)
                for found in offer.methods
            ]
        )


def _info(payment: Payment) -> PaymentInfo:
    stage = stage_of(payment)
    return PaymentInfo(
        saga_id=saga_id_of(payment),
        payment_id=payment.wire_id,
        shop_transaction_id=payment.shop_transaction_id,
        amount=payment.amount,
        currency=payment.currency,
        description=payment.description,
        items=_items(payment.additional_data),
        type=payment.type,
        status=status_of(payment).value,
        stage=stage.stage,
        reason=stage.reason,
        tries_left=stage.tries_left,
        provider=payment.provider,
        payment_method=payment.method,
        total_refunded_amount=payment.refunded_by_us + payment.refunded_elsewhere,
        expires_at=payment.checkout_ends_at,
    )


def _items(additional_data: Mapping[str, Any]) -> list[dict[str, Any]]:
    items = additional_data.get("items")
    if not isinstance(items, list):
        return []
    return [{name: item[name] for name in _SHOWN_OF_ITEMS if name in item} for item in items if isinstance(item, dict)]
