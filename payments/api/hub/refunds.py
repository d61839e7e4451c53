"""POST /v1/payments/{id}/refunds and GET /v1/refunds/{id}."""

import json
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.money import MAX_AMOUNT, Money
from payments.api import idempotent
from payments.api.asking import asked_by
from payments.api.fields import Amount, CurrencyCode, Note, Reason, check_currency, check_words
from payments.api.gateway.follow_up_requests import require_amount
from payments.api.gateway.follow_ups import ERRORS
from payments.api.gateway.responses import OperationWord
from payments.api.schema import Operation, documented
from payments.api.typed import read, refuse_card_numbers
from payments.api.views import HubAPIView, caller
from payments.idempotency import Claim
from payments.models import Scope
from payments.selectors.refunds import find_attempt
from payments.services.refund import AfterChargeback, OverRefund, RefundCommand, refund
from payments.services.results import OperationResult

from . import examples
from .access import MAY_ACT, MAY_READ, payment_of
from .objects import Amounts, RefundObject, amounts_of, refund_object

_ITEMS_BYTES = 32 * 1024


class RefundBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """How much to give back, and why."""

    amount: Amount
    currency: CurrencyCode = ""
    reason: Reason = ""
    note: Note = ""
    expected_refundable: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=MAX_AMOUNT,
                description="What you take to be refundable, in minor units; 412 where it has moved.",
            ),
        ]
        | UnsetType
    ) = UNSET
    items: Annotated[
        list[dict[str, Any]],
        Meta(
            max_length=200,
            description="What comes back, for the credit note: `itemId`, `description`, `quantity`, `amount` (of one unit), "
            "`vatRate`, `discount`, as in `additionalData.items`. Without it the credit note is split over the VAT rates of "
            "the invoice. At most 200 items and 32 KB.",
        ),
    ] = []
    over_chargeback: Annotated[
        bool,
        Meta(
            description="Refund although the customer's bank took money back. Needs the scope `backoffice` and a `reason`."
        ),
    ] = False


class RefundAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """How a refund went, and the payment's amounts as they stand now."""

    result: OperationWord
    result_description: str
    refund: RefundObject
    amounts: Amounts


class RefundsView(HubAPIView):
    """Give money back."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="create_refund",
            summary="Refund a payment",
            description=(
                "Gives `amount` back. More than is left is 422 `over_refund`, with `details.refundable`. With "
                "`expectedRefundable` the refund is made only while that is what is left (412 `precondition_failed`). After a "
                "chargeback it needs `overChargeback`, which is kept with the refund and who asked for it. Without an "
                "Idempotency-Key and without `expectedRefundable`, an equal refund within a minute answers with the first one's "
                "outcome."
            ),
            tag="Hub",
            request=RefundBody,
            response=RefundAnswer,
            request_examples=examples.REFUND_BODIES,
            response_examples=examples.REFUND_ANSWERS,
            errors=(*ERRORS, OverRefund, AfterChargeback, errors.PreconditionFailed),
        )
    )
    def post(self, request: Request, payment_id: str) -> Response:
        """Refund."""

        def work(claim: Claim | None) -> OperationResult:
            body = _read(request)
            payment = payment_of(request, payment_id)
            expected = None if body.expected_refundable is UNSET else body.expected_refundable
            command = RefundCommand(
                payment,
                Money(body.amount, body.currency or payment.currency),
                reason=body.reason,
                note=body.note,
                expected_refundable=expected,
                over_chargeback=body.over_chargeback,
                items=body.items,
            )
            return refund(command, asked_by(request, claim))

        return idempotent.perform(request, work, _answer)


class RefundView(HubAPIView):
    """Show a refund."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="get_refund",
            summary="Read a refund",
            description="As the hub knows it: `open` until the provider has said yes or no, `reversed` where it was taken back.",
            tag="Hub",
            response=RefundObject,
            response_examples=examples.REFUNDS,
            errors=(errors.NotFound, errors.Busy),
        )
    )
    def get(self, request: Request, refund_id: str) -> Response:
        """Show it."""
        key = caller(request)
        attempt = find_attempt(project=key.project, mode=key.mode, refund_id=refund_id)
        assert attempt.refund is not None  # noqa: S101 - the selector asks for it by that; for the type checker
        return Response(refund_object(attempt.refund, attempt.payment, attempt))


def _read(request: Request) -> RefundBody:
    require_amount(request.data)
    body = read(request.data, RefundBody)
    if body.currency:
        check_currency(body.currency)
    check_words(body.reason, param="reason")
    refuse_card_numbers(body.note, param="note")
    if len(json.dumps(body.items, ensure_ascii=False).encode()) > _ITEMS_BYTES:
        raise errors.InvalidField(f"At most {_ITEMS_BYTES} bytes of JSON.", param="items")
    refuse_card_numbers(body.items, param="items")
    if body.over_chargeback:
        if Scope.BACKOFFICE.value not in caller(request).scopes:
            raise errors.Forbidden(
                "`overChargeback` needs an API key with the scope: backoffice.", param="overChargeback"
            )
        if not body.reason.strip():
            raise errors.InvalidField("A refund over a chargeback needs its reason.", param="reason")
    return body


def _answer(outcome: OperationResult) -> RefundAnswer:
    row = outcome.attempt.refund
    assert row is not None  # noqa: S101 - a refund attempt belongs to a refund; for the type checker
    return RefundAnswer(
        result=OperationWord(outcome.result.value),
        result_description=outcome.description,
        refund=refund_object(row, outcome.payment, outcome.attempt),
        amounts=amounts_of(outcome.payment),
    )
