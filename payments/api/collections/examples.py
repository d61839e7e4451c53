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

_SUBSCRIPTION_ID = "sub_0197a2c4d5e67f8091a2b3c4d5e6f70e"
_TERMS: dict[str, Any] = {
    "shopSubscriptionId": "club-7",
    "currency": "EUR",
    "provider": "sandbox",
    "interval": "MONTH",
    "intervalCount": 1,
    "nextPaymentDate": "2026-04-01T10:00:00.000Z",
    "expirationDate": None,
    "additionalData": {"buyer": _BUYER},
    "expireRequested": False,
}
_ACTIVE = {"businessStateId": 1, "businessStateDescription": "ACTIVE"}
SUBSCRIPTIONS: dict[str, Any] = {
    "active": _document({})
    | {
        "_id": _SUBSCRIPTION_ID,
        "sagaId": _SUBSCRIPTION_ID,
        "associatedEntityId": "club-7",
        "currentState": "ACTIVE",
        "businessStateDescription": "ACTIVE",
        "metadata": _TERMS
        | {"subscriptionToken": "ss_1Q2", "transactions": [_ID], "amount": 990, "paymentMethod": "credit-cards"},
        "history": {
            "states": [{"state": "ACTIVE", "timestamp": _AT, **_ACTIVE}],
            "events": [
                {
                    "event": "paymentExecuted",
                    "timestamp": _AT,
                    "businessEventId": 1,
                    "businessEventDescription": "activated",
                }
            ],
        },
    }
}
SUBSCRIPTION_ROWS: dict[str, Any] = {
    "active": _TERMS
    | {
        "_id": _SUBSCRIPTION_ID,
        "sagaId": _SUBSCRIPTION_ID,
        "amount": 9.9,
        "paymentMethod": "Credit Card",
        "status": "active",
        "date": _AT,
        "transactions": [
            {"date": _AT, "_id": _ID, "shopTransactionId": "club-7", "amount": 9.9, "status": "Paid"},
        ],
    }
}
