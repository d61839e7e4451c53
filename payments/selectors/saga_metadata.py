"""The metadata of a payment's saga, in the Flow Manager's names: what events brought, under what our columns know."""

from typing import Any

from payments.domain.attempt import RefundState
from payments.domain.deep_merge import deep_merge
from payments.models import Payment


def metadata_of(payment: Payment, *, refunded: list[int] | None = None) -> dict[str, Any]:
    """Return the whole merged metadata; a fact of ours wins over what an event said of it. Amounts are minor units.

    Never holds `providerData`: it is taken out before an event's payload is kept. `refunded`: the amounts of the refunds
    that succeeded, in their order, where the caller has them.
    """
    facts: dict[str, Any] = {
        "hubPaymentId": payment.public_id,
        "paymentId": payment.wire_id,
        "shopTransactionId": payment.shop_transaction_id,
        "amount": payment.amount,
        "currency": payment.currency,
        "provider": payment.provider,
        "paymentMethod": payment.method,
        "type": payment.type,
        "additionalData": {**payment.additional_data, **({"buyer": payment.buyer} if payment.buyer else {})},
    }
    redirects = {
        "successRedirect": payment.success_redirect_url,
        "failureRedirect": payment.failure_redirect_url,
    }
    facts["payRequestData"] = {name: url for name, url in redirects.items() if url}
    if refunded is None:
        done = payment.refunds.filter(state=RefundState.SUCCEEDED).order_by("decided_at", "id")
        refunded = list(done.values_list("amount", flat=True))
    total = payment.refunded_by_us + payment.refunded_elsewhere
    if total:
        facts["refundDetails"] = {"totalRefundedAmount": total, "refundedAmounts": refunded}
    merged: dict[str, Any] = deep_merge(payment.saga_metadata, facts)
    if total:
        merged["refundDetails"]["refundedAmounts"] = refunded
    return merged
