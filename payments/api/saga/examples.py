"""Envelopes that the documentation shows; the tests send and compare them."""

from typing import Any

SAGA_ID = "payment4f1c0a52-9b1e-4c0e-8f5e-0d6f1f9a2b11"

_METADATA: dict[str, Any] = {
    "shopTransactionId": "order-1001",
    "amount": 1299,
    "currency": "EUR",
    "type": "DIRECT",
    "provider": "sandbox",
    "paymentMethod": "credit-cards",
    "payRequestData": {
        "successRedirect": "https://shop.example/thanks",
        "failureRedirect": "https://shop.example/basket",
        "providerData": {},
    },
    "additionalData": {
        "channel": "web",
        "notificationChannels": ["email"],
        "buyer": {"id": "u1", "name": "Ada", "email": "ada@example.org", "phone": "+39021234567"},
        "items": [{"itemId": "A1", "description": "Book", "amount": 1299, "quantity": 1}],
    },
}

PAY: dict[str, Any] = {
    "published": {"key": SAGA_ID, "value": {"messageLabel": "paymentScheduled", "messagePayload": _METADATA}}
}
PAY_TAKEN: dict[str, Any] = {"taken": {"sagaId": SAGA_ID, "step": "pay", "repeated": False}}

LINK: dict[str, Any] = {
    "any method": {
        "key": SAGA_ID,
        "value": {
            "messageLabel": "createLink",
            "messagePayload": {
                name: value for name, value in _METADATA.items() if name not in ("paymentMethod", "type")
            }
            | {"type": "PAY_BY_LINK"},
        },
    }
}
LINK_TAKEN: dict[str, Any] = {"taken": {"sagaId": SAGA_ID, "step": "link", "repeated": False}}

REFUND: dict[str, Any] = {
    "named": {
        "key": SAGA_ID,
        "value": {
            "messageLabel": "refundRequested",
            "messagePayload": {
                "paymentId": "sp_1Q2",
                "currency": "EUR",
                "refundRequestData": {"amount": 20, "refundId": "return-77"},
            },
        },
    },
}
REFUND_TAKEN: dict[str, Any] = {"taken": {"sagaId": SAGA_ID, "step": "refund", "repeated": False}}


def _with(info: dict[str, Any], **more: Any) -> dict[str, Any]:
    pay = _METADATA["payRequestData"] | {"subscriptionInfo": info}
    payload = _METADATA | {"type": "SUBSCRIPTION", "payRequestData": pay} | more
    return {"key": SAGA_ID, "value": {"messageLabel": "subscriptionStart", "messagePayload": payload}}


SUBSCRIBE: dict[str, Any] = {"published": _with({"interval": "MONTH", "intervalCount": 1, "expiresAfter": 12})}
SUBSCRIPTION_PAY: dict[str, Any] = {"published": _with({"token": "ss_1Q2"}, shopTransactionId="order-1001-2")}


def taken(step: str) -> dict[str, Any]:
    """Show the answer to a command that is kept."""
    return {"taken": {"sagaId": SAGA_ID, "step": step, "repeated": False}}


NOTIFY: dict[str, Any] = {
    "executed": {
        "key": SAGA_ID,
        "value": {
            "messageLabel": "paymentExecuted",
            "messagePayload": {"paymentId": "sp_1Q2", "shopTransactionId": "order-1001-2"},
        },
    }
}
NOTIFIED: dict[str, Any] = {
    "of a subscription": {"sagaId": SAGA_ID, "subscriptionId": "sub_01a1fcf5926f734b8887a4b88131151d"},
    "of none": {"sagaId": SAGA_ID, "subscriptionId": None},
}
