"""POST /pgm-bff/refund."""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel.errors import InvalidField
from paymenthub.kernel.money import MAX_AMOUNT, Money, MoneyError
from payments.api import examples as gateway_examples
from payments.api import idempotent
from payments.api.asking import asked_by
from payments.api.fields import Amount, CurrencyCode, Reason, check_currency, check_words
from payments.api.gateway.follow_ups import ERRORS
from payments.api.gateway.responses import OperationAnswer, operation_answer
from payments.api.parsers import ExactJSONParser
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.idempotency import Claim
from payments.services.refund import AfterChargeback, OverRefund, RefundCommand, refund
from payments.services.results import OperationResult

from . import examples
from .access import STAFF, StaffView, staff_payment
from .fields import SagaId

_MAJOR_UNITS = {
    "oneOf": [
        {"type": "number", "minimum": 0.001, "maximum": MAX_AMOUNT},
        {"type": "string", "pattern": r"^[0-9]{1,30}(\.[0-9]{1,30})?$"},
    ]
}


class RefundBody(msgspec.Struct, rename="camel", kw_only=True):
    """What goes back: `remainingAmount` in major units, or `amount` in minor units, and never both."""

    saga_id: SagaId
    currency: CurrencyCode
    remaining_amount: Annotated[
        Any,
        Meta(
            description="MAJOR units, exactly: 12.99, or the text `12.99`, is 1299 minor units of EUR. No more decimals than "
            "the currency has.",
            examples=["12.99"],
            extra_json_schema=_MAJOR_UNITS,
        ),
    ] = UNSET
    amount: Amount | UnsetType = UNSET
    reason: Reason = ""


class RefundView(StaffView):
    """Give money back."""

    required_scopes = {"POST": STAFF}
    parser_classes = [ExactJSONParser]

    @documented(
        Operation(
            id="bff_refund",
            summary="Backoffice: refund",
            description=(
                "As `POST /{provider}/refund`, by the saga's id. `remainingAmount` is what is to go back in **major** units, as an "
                "exact decimal (the backoffice's tables show major units); `amount` is the same in minor units. Both, neither, or "
                "more decimals than the currency has: 400. Without an Idempotency-Key, an equal refund within a minute "
                "answers with the first one's outcome. Refused to calls that carry an Origin."
            ),
            tag="Front end",
            request=RefundBody,
            response=OperationAnswer,
            request_examples=examples.REFUND_BODIES,
            response_examples=gateway_examples.REFUND_ANSWERS,
            errors=(*ERRORS, OverRefund, AfterChargeback),
        )
    )
    def post(self, request: Request) -> Response:
        """Refund."""

        def work(claim: Claim | None) -> OperationResult:
            body = read(request.data, RefundBody)
            check_currency(body.currency)
            check_words(body.reason, param="reason")
            money = money_of(body)
            payment = staff_payment(request, body.saga_id)
            return refund(RefundCommand(payment, money, reason=body.reason), asked_by(request, claim))

        return idempotent.perform(request, work, operation_answer)


def money_of(body: RefundBody) -> Money:
    """Read the amount, whichever way it is given. Raises InvalidField for both, neither, or one that is not exact."""
    if (body.remaining_amount is UNSET) == (body.amount is UNSET):
        raise InvalidField(
            "Give remainingAmount (major units) or amount (minor units), one of them. A refund never guesses.",
            param="remainingAmount",
        )
    if isinstance(body.amount, int):
        return Money(body.amount, body.currency)
    given = body.remaining_amount
    if isinstance(given, int) and not isinstance(given, bool):
        given = Decimal(given)
    if not isinstance(given, Decimal | str):
        raise InvalidField("A number, or a decimal as text.", param="remainingAmount")
    try:
        money = Money.from_decimal(given, body.currency)
    except MoneyError as error:
        raise InvalidField(str(error), param="remainingAmount") from None
    if not money.amount:
        raise InvalidField("The amount must be above zero.", param="remainingAmount")
    return money
