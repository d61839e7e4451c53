"""Requests and answers that the documentation shows; the tests send and compare them."""

from typing import Any

HUB_ID = "pay_0197a2c4d5e67f8091a2b3c4d5e6f708"

REFUND_BODIES: dict[str, dict[str, Any]] = {
    "major_units": {"sagaId": HUB_ID, "currency": "EUR", "remainingAmount": 1.2},
    "major_units_as_text": {"sagaId": HUB_ID, "currency": "EUR", "remainingAmount": "0.50"},
    "minor_units": {"sagaId": HUB_ID, "currency": "EUR", "amount": 70, "reason": "returned"},
}
SELECTED_ROWS: dict[str, list[dict[str, Any]]] = {"one_row": [{"sagaId": HUB_ID, "provider": "sandbox"}]}
MAILS_AGAIN: dict[str, dict[str, Any]] = {
    "on_its_way": {"sagaId": HUB_ID, "event": "payment_paid", "to": "a***@shop.example", "state": "due"}
}
APPLE_BODIES: dict[str, dict[str, Any]] = {
    "from_a_page": {
        "sagaId": HUB_ID,
        "validationUrl": "https://apple-pay-gateway.apple.com/paymentservices/paymentSession",
    }
}
APPLE_SESSIONS: dict[str, dict[str, Any]] = {
    "session": {"epochTimestamp": 1772323200000, "merchantSessionIdentifier": "SSH0123", "signature": "3080"}
}
SUBSCRIPTION_ID = "sub_0197a2c4d5e67f8091a2b3c4d5e6f70e"
CREATE_BODIES: dict[str, dict[str, Any]] = {
    "monthly": {
        "amount": 990,
        "currency": "EUR",
        "shopTransactionId": "club-7",
        "subscriptionInfo": {"interval": "MONTH", "intervalCount": 1},
        "buyer": {"email": "ada@shop.example"},
    }
}
CREATED: dict[str, dict[str, Any]] = {"created": {"sagaId": SUBSCRIPTION_ID, "currentState": "CREATED"}}
PAY_RECURRENT_BODIES: dict[str, dict[str, Any]] = {
    "card": {"sagaId": SUBSCRIPTION_ID, "provider": "sandbox", "paymentMethod": "credit-cards"}
}
SAGA_BODIES: dict[str, dict[str, Any]] = {"saga": {"sagaId": HUB_ID}}
CLIENT_TOKENS: dict[str, dict[str, Any]] = {
    "token": {"sagaId": HUB_ID, "clientToken": "WyIwMTk3YTJjNGQ1ZTY3ZjgwOTFhMmIzYzRkNWU2ZjcwOCIsMTc4M10:1wX:k2n"}
}
INFOS: dict[str, dict[str, Any]] = {
    "to_be_chosen": {
        "sagaId": HUB_ID,
        "paymentId": HUB_ID,
        "shopTransactionId": "order-2041",
        "amount": 1299,
        "currency": "EUR",
        "description": "Order 2041",
        "items": [{"itemId": "mug", "description": "Mug", "quantity": 1, "amount": 1299}],
        "type": "DIRECT",
        "status": "PENDING",
        "stage": "choose",
        "reason": "",
        "triesLeft": 5,
        "provider": "",
        "paymentMethod": "",
        "totalRefundedAmount": 0,
        "expiresAt": "2026-03-02T00:00:00Z",
    }
}
METHODS: dict[str, list[dict[str, Any]]] = {
    "cards": [{"provider": "sandbox", "paymentMethod": "credit-cards", "redirectKind": "desktop"}]
}
PAY_BODIES: dict[str, dict[str, Any]] = {
    "cards": {"sagaId": HUB_ID, "provider": "sandbox", "paymentMethod": "credit-cards"}
}
TOKENIZATIONS: dict[str, dict[str, Any]] = {"token": {"sagaId": HUB_ID, "provider": "sandbox"}}
TOKENS: dict[str, dict[str, Any]] = {"token": {"paymentToken": "tok_1"}}
LINK_BODIES: dict[str, dict[str, Any]] = {"to_the_buyer": {"sagaId": HUB_ID}}
LINKS: dict[str, dict[str, Any]] = {
    "made": {
        "result": "OK",
        "resultCode": "OK",
        "resultDescription": "The link is made.",
        "paymentId": HUB_ID,
        "link": "https://hub.example/payment/later/0197a2c4d5e67f8091a2b3c4d5e6f708:k2n",
        "metadata": {"hubPaymentId": HUB_ID, "state": "PAYMENT_CREATED", "mail": "due"},
    }
}
