"""Requests and answers that the documentation shows; the tests send and compare them."""

from typing import Any

HUB_ID = "pay_0197a2c4d5e67f8091a2b3c4d5e6f708"
REFUND_ID = "rf_0197a2c4d5e67f8091a2b3c4d5e6f70a"

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
        "metadata": {"hubPaymentId": HUB_ID, "state": "PAYMENT_EXECUTED"},
    },
    "customer_must_act": {
        "result": "REDIRECT_TO_URL",
        "resultDescription": "Send the customer to the redirect URL.",
        "paymentId": "sp_1Q2",
        "redirectToUrl": "https://psp.example/pay/sp_1Q2",
        "metadata": {"hubPaymentId": HUB_ID, "state": "PAYMENT_PENDING"},
    },
    "refused": {
        "result": "KO",
        "resultDescription": "Declined: insufficient funds.",
        "paymentId": "sp_1Q2",
        "metadata": {"hubPaymentId": HUB_ID, "state": "PAYMENT_FAILED"},
    },
    "not_known_yet": {
        "result": "PENDING",
        "resultDescription": "Sent, but the provider has not answered. Ask for the status; do not pay again under another id.",
        "paymentId": HUB_ID,
        "metadata": {"hubPaymentId": HUB_ID, "state": "PAYMENT_SCHEDULE_REQUESTED"},
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
            "hubPaymentId": HUB_ID,
            "state": "PAYMENT_EXECUTED",
            "amount": 1299,
            "currency": "EUR",
            "capturedAmount": 1299,
            "totalRefundedAmount": 0,
        },
    }
}

AUTHORIZE_RESULTS: dict[str, dict[str, Any]] = {
    "held": {
        "result": "OK",
        "resultDescription": "Authorised, not captured yet.",
        "paymentId": "sp_1Q2",
        "metadata": {"hubPaymentId": HUB_ID, "state": "PAYMENT_AUTHORIZED"},
    },
    "customer_must_act": {
        "result": "REDIRECT_TO_URL",
        "resultDescription": "Send the customer to the redirect URL.",
        "paymentId": "sp_1Q2",
        "redirectToUrl": "https://psp.example/pay/sp_1Q2",
        "metadata": {"hubPaymentId": HUB_ID, "state": "PAYMENT_PENDING"},
    },
    "refused": PAY_RESULTS["refused"],
}

CAPTURE_REQUESTS: dict[str, dict[str, Any]] = {
    "all": {"paymentId": "sp_1Q2"},
    "a_part_and_no_more": {"paymentId": "sp_1Q2", "amount": 1000, "currency": "EUR"},
    "a_part_of_several": {"paymentId": "sp_1Q2", "amount": 500, "currency": "EUR", "final": False},
}
CANCEL_REQUESTS: dict[str, dict[str, Any]] = {"by_its_id": {"paymentId": "sp_1Q2"}}
REFUND_REQUESTS: dict[str, dict[str, Any]] = {
    "published": {"paymentId": "sp_1Q2", "amount": 500, "currency": "EUR", "providerData": {}},
    "with_a_reason": {"paymentId": "sp_1Q2", "amount": 500, "currency": "EUR", "reason": "returned"},
}


def _answer(result: str, text: str, state: str, **metadata: Any) -> dict[str, Any]:
    amounts = {
        "amount": 1299,
        "currency": "EUR",
        "authorizedAmount": 1299,
        "capturedAmount": 0,
        "capturableAmount": 0,
        "refundableAmount": 0,
        "totalRefundedAmount": 0,
    }
    return {
        "result": result,
        "resultDescription": text,
        "paymentId": "sp_1Q2",
        "metadata": {"hubPaymentId": HUB_ID, "state": state} | amounts | metadata,
    }


_IN_DOUBT = "Sent, but the provider has not answered. Ask for the status; do not pay again under another id."
_TAKEN = {"capturedAmount": 1299, "refundableAmount": 1299}

CAPTURE_ANSWERS: dict[str, dict[str, Any]] = {
    "captured": _answer("OK", "Captured.", "PAYMENT_EXECUTED", **_TAKEN),
    "a_part_captured": _answer(
        "OK", "Captured.", "PAYMENT_PARTIALLY_CAPTURED", amount=500, capturedAmount=500, capturableAmount=799,
        refundableAmount=500,
    ),
    "refused": _answer(
        "KO", "Declined: processing error.", "PAYMENT_AUTHORIZED", capturableAmount=1299
    ),
    "not_known_yet": _answer("PENDING", _IN_DOUBT, "CAPTURE_REQUESTED", capturableAmount=1299),
}  # fmt: skip
CANCEL_ANSWERS: dict[str, dict[str, Any]] = {
    "cancelled": _answer("OK", "Cancelled.", "PAYMENT_CANCELLED", authorizedAmount=0),
    "closed_before_it_was_paid": _answer(
        "OK", "Cancelled before it was paid.", "PAYMENT_CANCELLED", authorizedAmount=0
    ),
    "refused": _answer("KO", "Declined: other.", "PAYMENT_PENDING", authorizedAmount=0),
}
REFUND_ANSWERS: dict[str, dict[str, Any]] = {
    "refunded": _answer(
        "OK", "Refunded.", "PARTIALLY_REFUNDED", **_TAKEN | {"refundableAmount": 799}, amount=500, totalRefundedAmount=500,
        refundId=REFUND_ID,
    ),
    "being_decided": _answer(
        "PENDING", "The provider has not decided yet.", "REFUND_REQUESTED", **_TAKEN | {"refundableAmount": 799}, amount=500,
        refundId=REFUND_ID,
    ),
    "refused": _answer(
        "KO", "Declined: insufficient funds.", "REFUND_FAILED", **_TAKEN, amount=500, refundId=REFUND_ID
    ),
}  # fmt: skip
