"""What an order system is answered, in the published names."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from payments.services.results import OperationResult, PayOutcome, Result

PaymentId = Annotated[
    str, Meta(description="The provider's id; ours (`pay_…`) while none is known.", examples=["sp_1Q2"])
]


class PayResult(msgspec.Struct, rename="camel", kw_only=True):
    """How a payment went. `REDIRECT_TO_URL` comes with at least one address; the others come with none."""

    result: Annotated[
        Result,
        Meta(
            description="OK: paid; KO: refused; PENDING: not known yet, ask for the status; REDIRECT_TO_URL: send on."
        ),
    ]
    result_description: str
    payment_id: PaymentId
    redirect_to_url: str | UnsetType = UNSET
    redirect_to_url_mobile: str | UnsetType = UNSET
    metadata: Annotated[dict[str, Any], Meta(description="Always holds `hubPaymentId`.")]


class OperationWord(StrEnum):
    """OK: done; KO: refused by the provider; PENDING: not known yet, never to be repeated."""

    OK = "OK"
    KO = "KO"
    PENDING = "PENDING"


class OperationAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """How a capture, cancel or refund went. `KO` is an answer and no error."""

    result: OperationWord
    result_description: str
    payment_id: PaymentId
    metadata: Annotated[
        dict[str, Any],
        Meta(
            description="Holds `hubPaymentId`, `state`, `amount` (of this operation), `currency`, `authorizedAmount`, "
            "`capturedAmount`, `capturableAmount`, `refundableAmount`, `totalRefundedAmount`, and `refundId` of a refund."
        ),
    ]


class PaymentStatus(msgspec.Struct, rename="camel", kw_only=True):
    """How a payment stands: the answer to `status` and `check`, and the body of callbacks."""

    status: Literal["ACCEPTED", "FAILED", "PENDING"]
    payment_id: PaymentId
    shop_transaction_id: str
    provider_name: str
    payment_method: str
    action: Literal["PAYMENT", "REFUND"]
    metadata: Annotated[
        dict[str, Any],
        Meta(
            description="Holds `hubPaymentId`, `state`, `amount`, `currency`, `capturedAmount`, `totalRefundedAmount`, "
            "and `authorized: true` while money is held and not taken."
        ),
    ]


def pay_result(outcome: PayOutcome) -> PayResult:
    """Put an outcome into the published words."""
    return PayResult(
        result=outcome.result,
        result_description=outcome.description,
        payment_id=outcome.payment.wire_id,
        redirect_to_url=outcome.redirect_url or UNSET,
        redirect_to_url_mobile=outcome.redirect_url_mobile or UNSET,
        metadata={"hubPaymentId": outcome.payment.public_id, "state": outcome.payment.state},
    )


def operation_answer(outcome: OperationResult) -> OperationAnswer:
    """Put the outcome of a capture, cancel or refund into the published words, with the amounts as they stand now."""
    payment, attempt = outcome.payment, outcome.attempt
    metadata: dict[str, Any] = {
        "hubPaymentId": payment.public_id,
        "state": payment.state,
        "amount": attempt.amount,
        "currency": attempt.currency,
        "authorizedAmount": payment.authorized,
        "capturedAmount": payment.captured,
        "capturableAmount": payment.capturable,
        "refundableAmount": payment.refundable,
        "totalRefundedAmount": payment.refunded_by_us + payment.refunded_elsewhere,
    }
    if attempt.refund is not None:
        metadata["refundId"] = attempt.refund.public_id
    return OperationAnswer(
        result=OperationWord(outcome.result.value),
        result_description=outcome.description,
        payment_id=payment.wire_id,
        metadata=metadata,
    )
