"""Envelopes that the documentation shows; the tests send and compare them."""

from typing import Any

_SAGA_ID = "pay_0197a2c4d5e67f8091a2b3c4d5e6f708"

SAGAS: dict[str, Any] = {
    "checkout": {
        "associatedEntityId": "order-1001",
        "metadata": {
            "shopTransactionId": "order-1001",
            "amount": 1299,
            "currency": "EUR",
            "type": "DIRECT",
            "additionalData": {
                "channel": "web",
                "notificationChannels": ["email"],
                "buyer": {"id": "u1", "name": "Ada", "email": "ada@example.org", "phone": "+39021234567"},
                "items": [{"itemId": "A1", "description": "Book", "amount": 1299, "quantity": 1}],
            },
        },
    }
}
CREATED: dict[str, Any] = {"created": {"sagaId": _SAGA_ID}}
EVENTS: dict[str, Any] = {
    "ask_for_the_payment": {
        "key": _SAGA_ID,
        "value": {
            "messageLabel": "scheduleRequested",
            "messagePayload": {
                "provider": "sandbox",
                "paymentMethod": "credit-cards",
                "payRequestData": {
                    "successRedirect": "https://shop.example/thanks",
                    "failureRedirect": "https://shop.example/basket",
                    "providerData": {},
                },
            },
        },
    },
}
TAKEN: dict[str, Any] = {"taken": {"sagaId": _SAGA_ID, "taken": True, "currentState": "PAYMENT_PENDING"}}
MACHINES: dict[str, Any] = {
    "cut_short": {
        "name": "payment",
        "version": 1,
        "initialState": "PAYMENT_CREATED",
        "creationEvent": "paymentCreated",
        "states": [],
        "businessStates": [],
        "businessEvents": [],
    }
}
