"""Requests and answers that the documentation shows; the tests send and compare them."""

from typing import Any

_HUB_ID = "pay_0197a2c4d5e67f8091a2b3c4d5e6f708"

PAY_REQUESTS: dict[str, dict[str, Any]] = {
    "published": {
        "amount": 1299,
        "currency": "EUR",
        "shopTransactionId": "order-2041",
        "successRedirectUrl": "https://shop.example/thanks",
        "failureRedirectUrl": "https://shop.example/basket",
        "providerData": {},
    },
    "with_our_fields": {
        "amount": 1299,
        "currency": "EUR",
        "shopTransactionId": "order-2042",
        "description": "Order 2042",
        "locale": "it",
        "buyer": {"id": "customer-7", "name": "Ada Bianchi", "email": "ada@shop.example"},
        "callbackUrl": "https://shop.example/payment-news",
        "additionalData": {"basket": ["mug", "pen"]},
    },
}

PAY_RESULTS: dict[str, dict[str, Any]] = {
    "paid": {
        "result": "OK",
        "resultDescription": "Paid.",
        "paymentId": "sp_1Q2",
        "metadata": {"hubPaymentId": _HUB_ID, "state": "PAYMENT_EXECUTED"},
    },
    "customer_must_act": {
        "result": "REDIRECT_TO_URL",
        "resultDescription": "Send the customer to the redirect URL.",
        "paymentId": "sp_1Q2",
        "redirectToUrl": "https://psp.example/pay/sp_1Q2",
        "metadata": {"hubPaymentId": _HUB_ID, "state": "PAYMENT_PENDING"},
    },
    "refused": {
        "result": "KO",
        "resultDescription": "Declined: insufficient funds.",
        "paymentId": "sp_1Q2",
        "metadata": {"hubPaymentId": _HUB_ID, "state": "PAYMENT_FAILED"},
    },
    "not_known_yet": {
        "result": "PENDING",
        "resultDescription": "Sent, but the provider has not answered. Ask for the status; do not repeat it.",
        "paymentId": _HUB_ID,
        "metadata": {"hubPaymentId": _HUB_ID, "state": "PAYMENT_SCHEDULE_REQUESTED"},
    },
}

STATUSES: dict[str, dict[str, Any]] = {
    "paid": {
        "status": "ACCEPTED",
        "paymentId": "sp_1Q2",
        "shopTransactionId": "order-2041",
        "providerName": "sandbox",
        "paymentMethod": "credit-cards",
        "action": "PAYMENT",
        "metadata": {
            "hubPaymentId": _HUB_ID,
            "state": "PAYMENT_EXECUTED",
            "amount": 1299,
            "currency": "EUR",
            "capturedAmount": 1299,
            "totalRefundedAmount": 0,
        },
    }
}
