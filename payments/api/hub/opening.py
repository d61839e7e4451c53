"""POST /v1/payments and POST /v1/payments/{id}/checkout-url."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
from msgspec import UNSET, Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.money import Money
from payments.api import idempotent
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.api.views import PAYERS, HubAPIView, caller, request_id
from payments.idempotency import Claim
from payments.models import CaptureMode, Payment
from payments.selectors.checkout import stage_of
from payments.services.checkout_tokens import checkout_url
from payments.services.open_payment import OpenCommand, open_once

from . import examples
from .access import MAY_ACT, payment_of
from .objects import PaymentSummary, summary_fields
from .opening_requests import OpenBody, read_open
from .operations import NoBody

CheckoutUrl = Annotated[
    str,
    Meta(
        description="Where to send the customer. It opens the checkout once, within 15 minutes (`CHECKOUT_TOKEN_SECONDS`); "
        "`POST /v1/payments/{id}/checkout-url` makes another one.",
        examples=["https://hub.example/payment/t/f3mX0c2u9S0hQ5s1sZ0uN8kYy7nq4o2bV6wQm1rJx8E"],
    ),
]
Stage = Annotated[
    str,
    Meta(
        description="How it stands for the customer: `choose`, `at_provider`, `processing`, `paid`, `failed_try_again`, "
        "`failed`, `expired` or `cancelled`.",
        examples=["choose"],
    ),
]


class OpenPayment(PaymentSummary, kw_only=True):
    """A payment whose customer chooses the method."""

    stage: Stage
    checkout_url: CheckoutUrl
    expires_at: Annotated[str | None, Meta(description="Until when the customer may begin to pay.")]


class CheckoutAddress(msgspec.Struct, rename="camel", kw_only=True):
    """A new address of a payment's checkout."""

    id: str
    stage: Stage
    checkout_url: CheckoutUrl


class OpenPaymentView(HubAPIView):
    """Open a payment before its method is chosen."""

    required_scopes: ClassVar[Mapping[str, frozenset[str]]] = {"POST": PAYERS}

    @documented(
        Operation(
            id="open_payment",
            summary="Open a payment",
            description="Writes a payment down whose customer chooses the method in the checkout, and asks no provider for "
            "anything. The same `shopTransactionId` with the same content answers with the same payment and a fresh "
            "`checkoutUrl`; with other content it is 409 `duplicate_transaction`; after a final failure it is a new payment. "
            "A try that fails does not end it: until `expiresAt` the customer may try again. `successRedirect`, "
            "`failureRedirect`, `shopTransactionID` and `expiry` are taken for the names below. Redirect addresses may be any "
            "http(s) address, unless the project has a list of hosts.",
            tag="Hub",
            request=OpenBody,
            response=OpenPayment,
            request_examples=examples.OPEN_BODIES,
            response_examples=examples.OPEN_PAYMENTS,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.DuplicateTransaction, errors.PayloadTooLarge,
                errors.UnsupportedMediaType, errors.Unprocessable, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Open."""

        def work(claim: Claim | None) -> tuple[Payment, bool]:
            key = caller(request)
            body = read_open(request.data, hosts=key.project.redirect_hosts)
            more = {"items": body.items} if body.items else {}
            command = OpenCommand(
                project=key.project,
                mode=key.mode,
                money=Money(body.amount, body.currency),
                shop_transaction_id=body.shop_transaction_id,
                description=body.description,
                locale=body.locale,
                buyer=msgspec.to_builtins(body.buyer),
                additional_data=body.additional_data | more,
                success_redirect_url=body.success_redirect_url,
                failure_redirect_url=body.failure_redirect_url,
                callback_url=body.callback_url,
                capture_mode=CaptureMode(body.capture_mode),
                allowed_methods=body.allowed_methods,
                expires_at=None if body.expires_at is UNSET else body.expires_at,
                evidence=f"request:{request_id(request)}",
                claim=claim,
            )
            return open_once(command)

        return idempotent.perform_for_payment(request, work, _opened)


class CheckoutUrlView(HubAPIView):
    """Make another address of a payment's checkout."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="checkout_url",
            summary="Make a new checkout address",
            description="For a customer whose address was opened before or is too old: each one opens the checkout once, within "
            "15 minutes. Also of a payment that has ended, whose checkout then says so. 409 `wrong_state` for one that was "
            "not opened with `POST /v1/payments`.",
            tag="Hub",
            request=NoBody,
            response=CheckoutAddress,
            request_examples=examples.NO_BODIES,
            response_examples=examples.CHECKOUT_ADDRESSES,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.Conflict, errors.WrongState,
                errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request, payment_id: str) -> Response:
        """Make one."""

        def work(claim: Claim | None) -> tuple[Payment, bool]:
            read(request.data, NoBody)
            payment = payment_of(request, payment_id)
            if not payment.in_checkout:
                raise errors.WrongState("This payment's method was chosen when it was made: it has no checkout.")
            if claim is not None:
                idempotent.keep_for(claim, payment)
            return payment, False

        return idempotent.perform_for_payment(request, work, _address)


def _opened(payment: Payment) -> OpenPayment:
    ends_at = payment.checkout_ends_at
    standing = stage_of(payment)
    in_doubt = standing.attempt is not None and standing.attempt.state == "UNKNOWN"
    return OpenPayment(
        **summary_fields(payment, in_doubt),
        stage=standing.stage.value,
        checkout_url=checkout_url(payment),
        expires_at=ends_at.isoformat() if ends_at else None,
    )


def _address(payment: Payment) -> CheckoutAddress:
    return CheckoutAddress(
        id=payment.public_id, stage=stage_of(payment).stage.value, checkout_url=checkout_url(payment)
    )
