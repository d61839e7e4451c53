"""Which refund a command means: it names one, or the history that came along tells it. Money is never given back twice."""

from collections.abc import Mapping
from typing import Any

from paymenthub.kernel import ids
from paymenthub.kernel.errors import Conflict, InvalidField, NotFound
from payments.domain.attempt import RefundState
from payments.models import FlowCommand, FlowStep, Payment, Project, Refund
from payments.selectors.payments import find

from .events import BY_NAME, refund_details
from .metadata import part

_LONGEST_ID = 200


class AmbiguousRefund(Conflict):
    """It cannot be told which refund is meant; name it in `refundRequestData.refundId`."""

    code = "ambiguous_refund"


def payment_of_saga(*, project: Project, mode: str, saga_id: str, metadata: Mapping[str, Any]) -> Payment:
    """Find the payment of a saga; one that was made before the Flow Manager came is found by its `paymentId`, and is the
    saga's from then on. Raises NotFound, or Conflict for a payment of another saga."""
    mine = Payment.objects.select_related("provider_account").filter(project=project, mode=mode)
    payment = mine.filter(flow_saga_id=saga_id).first()
    if payment is not None:
        return payment
    wire_id = metadata.get("paymentId")
    if not isinstance(wire_id, str) or not wire_id or len(wire_id) > 255:
        raise NotFound("There is no payment of this saga.", param="key")
    payment = find(project=project, mode=mode, wire_id=wire_id)
    if not Payment.objects.filter(pk=payment.pk, flow_saga_id="").update(flow_saga_id=saga_id):
        raise Conflict("This payment belongs to another saga.", param="paymentId")
    payment.flow_saga_id = saga_id
    return payment


def identity_of(payment: Payment, amount: int, metadata: Mapping[str, Any]) -> tuple[str, Refund | None]:
    """Name the refund that a command means, the same for the same command whenever it comes; and the refund, where it is
    one of this hub's own. Raises InvalidField, or AmbiguousRefund where it cannot be told."""
    named = part(metadata, "refundRequestData").get("refundId")
    if named in (None, ""):
        return _by_history(payment, amount, metadata), None
    if not isinstance(named, str) or len(named) > _LONGEST_ID or not named.isprintable():
        raise InvalidField(f"1 to {_LONGEST_ID} printable characters.", param="refundRequestData.refundId")
    key = ids.parse_public_id(ids.REFUND, named)
    refund = payment.refunds.filter(pk=key).first() if key is not None else None
    if refund is not None and refund.amount != amount:
        raise AmbiguousRefund("This refundId names a refund of another amount.", param="refundRequestData.refundId")
    identity = f"{BY_NAME}{named}"
    earlier = _earlier(payment, identity)
    if earlier is not None and part(earlier.payload, "refundRequestData").get("amount") != amount:
        raise AmbiguousRefund("This refundId named a refund of another amount.", param="refundRequestData.refundId")
    return identity, refund


def _by_history(payment: Payment, amount: int, metadata: Mapping[str, Any]) -> str:
    """Tell it from what had been given back when the Flow Manager asked: that is the same in a repeated command, and
    another in a further one."""
    told, known = part(metadata, "refundDetails"), refund_details(payment)
    amounts = told.get("refundedAmounts")
    decided = told.get("refundsDecided")
    if isinstance(decided, int):
        at, up_to_date = f"decided:{decided}", decided == known["refundsDecided"]
    else:
        count = len(amounts) if isinstance(amounts, list) else 0
        at, up_to_date = f"refunded:{count}", count == len(known["refundedAmounts"])
    total = told.get("totalRefundedAmount", 0)
    identity = f"{at}:{total}:{amount}"[:255]
    if not up_to_date and _earlier(payment, identity) is None:
        raise AmbiguousRefund(
            "The refunds that came along are not those of this payment, so that a repeated command and a further refund "
            "look the same. Name the refund in refundRequestData.refundId.",
            param="refundRequestData.refundId",
            details={"refundDetails": known, "open": payment.refunds.filter(state=RefundState.OPEN).count()},
        )
    return identity


def _earlier(payment: Payment, identity: str) -> FlowCommand | None:
    return FlowCommand.objects.filter(
        project_id=payment.project_id,
        mode=payment.mode,
        saga_id=payment.flow_saga_id,
        step=FlowStep.REFUND,
        identity=identity,
    ).first()
