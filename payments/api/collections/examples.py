"""Documents that the documentation shows."""

from typing import Any

_ID = "pay_0197a2c4d5e67f8091a2b3c4d5e6f708"
_AT = "2026-03-01T10:00:00.000Z"


def _document(metadata: dict[str, Any]) -> dict[str, Any]:
    state = {"businessStateId": 1, "businessStateDescription": "PAYMENT_PAID"}
    return {
        "_id": _ID,
        "sagaId": _ID,
        "isFinal": False,
        "metadata": metadata,
        "currentState": "PAYMENT_EXECUTED",
        "latestEvent": {"messageLabel": "paymentExecuted", "timestamp": _AT},
        "associatedEntityId": "order-2041",
        "events": ["paymentExecuted"],
        "history": {
            "states": [{"state": "PAYMENT_EXECUTED", "timestamp": _AT, **state}],
            "events": [
                {
                    "event": "paymentExecuted",
                    "timestamp": _AT,
                    "businessEventId": 1,
                    "businessEventDescription": "paymentPaid",
                }
            ],
        },
        "businessStateId": "1",
        "businessStateDescription": "PAYMENT_PAID",
        "creatorId": "public",
        "createdAt": _AT,
        "updaterId": "public",
        "updatedAt": _AT,
        "__STATE__": "PUBLIC",
    }


_BUYER = {"email": "ada@shop.example"}
_REFUNDED = {"totalRefundedAmount": 500, "refundedAmounts": [500]}

CURRENT: dict[str, Any] = {
    "paid": _document(
        {
            "hubPaymentId": _ID,
            "paymentId": "sp_1Q2",
            "shopTransactionId": "order-2041",
            "amount": 1299,
            "currency": "EUR",
            "provider": "sandbox",
            "paymentMethod": "credit-cards",
            "type": "DIRECT",
            "additionalData": {"buyer": _BUYER},
            "payRequestData": {},
            "refundDetails": _REFUNDED,
        }
    )
}
FIRST: dict[str, Any] = {
    "paid": _document(
        {
            "shopTransactionID": "order-2041",
            "amount": 1299,
            "paymentMethod": "credit-cards",
            "provider": "sandbox",
            "isRecurrent": False,
            "recurrenceDetails": None,
            "buyer": _BUYER,
            "paymentID": "sp_1Q2",
            "sessionToken": None,
            "additionalData": {},
            "refundDetails": _REFUNDED,
            "payRequestData": {},
            "refundRequestData": None,
        }
    )
}
