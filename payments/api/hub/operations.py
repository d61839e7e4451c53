"""POST /v1/payments/{id}/capture, /cancel and /expire."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response

from payments.api import examples as gateway_examples
from payments.api import idempotent
from payments.api.asking import asked_by
from payments.api.fields import Amount, CurrencyCode, check_currency, check_currency_of
from payments.api.gateway.follow_ups import ERRORS
from payments.api.gateway.responses import OperationAnswer, operation_answer
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.api.views import PAYERS, HubAPIView
from payments.idempotency import Claim
from payments.services.cancel import cancel, expire
from payments.services.capture import CaptureCommand, OverCapture, capture
from payments.services.results import OperationResult

from . import examples
from .access import MAY_ACT, payment_of


class CaptureBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """How much to take; without `amount` all that is held."""

    amount: Amount | UnsetType = UNSET
    currency: CurrencyCode = ""
    final: Annotated[bool, Meta(description="Whether what is left is given up. `false`: more captures follow.")] = True


class NoBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Nothing needs to be said: send `{}`, or no body."""


class CaptureView(HubAPIView):
    """Take held money."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="capture_payment",
            summary="Capture held money",
            description="As `POST /{provider}/capture`, for a payment of any provider.",
            tag="Hub",
            request=CaptureBody,
            response=OperationAnswer,
            request_examples=examples.CAPTURE_BODIES,
            response_examples=gateway_examples.CAPTURE_ANSWERS,
            errors=(*ERRORS, OverCapture),
        )
    )
    def post(self, request: Request, payment_id: str) -> Response:
        """Capture."""

        def work(claim: Claim | None) -> OperationResult:
            body = read(request.data, CaptureBody)
            if body.currency:
                check_currency(body.currency)
            payment = payment_of(request, payment_id)
            check_currency_of(payment, body.currency)
            amount = None if body.amount is UNSET else body.amount
            command = CaptureCommand(payment, amount, body.currency, body.final)
            return capture(command, asked_by(request, claim))

        return idempotent.perform(request, work, operation_answer)


class CancelView(HubAPIView):
    """Give up held money."""

    required_scopes = {"POST": PAYERS}

    @documented(
        Operation(
            id="cancel_payment",
            summary="Cancel a payment",
            description="As `POST /{provider}/cancel`, for a payment of any provider.",
            tag="Hub",
            request=NoBody,
            response=OperationAnswer,
            request_examples=examples.NO_BODIES,
            response_examples=gateway_examples.CANCEL_ANSWERS,
            errors=ERRORS,
        )
    )
    def post(self, request: Request, payment_id: str) -> Response:
        """Cancel."""

        def work(claim: Claim | None) -> OperationResult:
            read(request.data, NoBody)
            return cancel(payment_of(request, payment_id), asked_by(request, claim))

        return idempotent.perform(request, work, operation_answer)


class ExpireView(HubAPIView):
    """End the wait for a customer."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="expire_payment",
            summary="Expire a payment",
            description="Closes the session of a payment that waits for its customer, as if its time were over. `KO` means that "
            "the provider would not: most likely the customer has just paid. Anything else is 409 `wrong_state`.",
            tag="Hub",
            request=NoBody,
            response=OperationAnswer,
            request_examples=examples.NO_BODIES,
            response_examples=examples.EXPIRE_ANSWERS,
            errors=ERRORS,
        )
    )
    def post(self, request: Request, payment_id: str) -> Response:
        """Expire."""

        def work(claim: Claim | None) -> OperationResult:
            read(request.data, NoBody)
            return expire(payment_of(request, payment_id), asked_by(request, claim))

        return idempotent.perform(request, work, operation_answer)
