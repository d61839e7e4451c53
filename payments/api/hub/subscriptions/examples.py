"""Requests and answers about subscriptions that the documentation shows; the tests send and compare them."""

from typing import Any

from payments.api.gateway.subscription_examples import SUBSCRIPTION_ID
from payments.api.hub import examples

_SUMMARY: dict[str, Any] = {
    "id": SUBSCRIPTION_ID,
    "subscriptionToken": "ss_1Q2",
    "shopSubscriptionId": "club-7",
    "shopTransactionId": "club-7",
    "provider": "sandbox",
    "method": "credit-cards",
    "runBy": "hub",
    "status": "ACTIVE",
    "state": "ACTIVE",
    "amount": 990,
    "firstAmount": None,
    "pendingAmount": None,
    "currency": "EUR",
    "interval": "MONTH",
    "intervalCount": 1,
    "expiresAfter": 12,
    "endsOn": None,
    "trialEnd": None,
    "nextPaymentOn": "2026-02-28",
    "timezone": "Europe/Rome",
    "paymentsMade": 1,
    "expireRequested": False,
    "paused": False,
    "endedAt": None,
    "endReason": "",
    "createdAt": "2026-01-31T10:00:00Z",
    "updatedAt": "2026-01-31T10:00:02Z",
}
SUBSCRIPTIONS: dict[str, Any] = {
    "active": _SUMMARY
    | {
        "mode": "test",
        "providerAccount": "sandbox",
        "description": "Club membership",
        "buyer": {"email": "ada@shop.example"},
        "additionalData": {},
        "customerUrl": "https://hub.example/payment/subscription/0197a2c4d5e67f8091a2b3c4d5e6f70e:4cIu",
        "periods": [
            {
                "number": 1,
                "dueOn": "2026-01-31",
                "amount": 990,
                "currency": "EUR",
                "state": "paid",
                "dunningStep": 0,
                "hubPaymentId": "pay_0197a2c4d5e67f8091a2b3c4d5e6f708",
                "declineReason": "",
                "decidedAt": "2026-01-31T10:00:02Z",
            }
        ],
        "timeline": [
            {
                "number": 3,
                "at": "2026-01-31T10:00:02Z",
                "event": "paymentExecuted",
                "fromState": "PAYMENT_PENDING",
                "toState": "ACTIVE",
                "unexpected": False,
                "source": "api",
                "evidence": "request:0197a2c4d5e67f80",
                "actor": "",
            }
        ],
    }
}
PAGES: dict[str, Any] = {"one": {"data": [_SUMMARY], "nextCursor": None}}
PAYMENTS: dict[str, Any] = {"one": next(iter(examples.PAYMENT_PAGES.values()))}
PREVIEWS: dict[str, Any] = {
    "the_31st": {
        "data": [
            {"number": 2, "dueOn": "2026-02-28", "dueAt": "2026-02-28T10:00:00Z", "amount": 990, "currency": "EUR"},
            {"number": 3, "dueOn": "2026-03-31", "dueAt": "2026-03-31T09:00:00Z", "amount": 990, "currency": "EUR"},
        ]
    }
}
CANCEL_BODIES: dict[str, Any] = {"on_the_renewal_day": {}, "at_once": {"at": "now"}}
CHANGE_BODIES: dict[str, Any] = {"another_amount": {"amount": 1290}}
CLOCKS: dict[str, Any] = {
    "forward": {"now": "2027-03-31T12:00:00Z", "offsetSeconds": 31536000, "timezone": "Europe/Rome"}
}
ADVANCES: dict[str, Any] = {"to_a_day": {"to": "2027-03-31T12:00:00Z"}}
