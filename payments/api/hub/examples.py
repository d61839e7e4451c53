"""Requests and answers of `/v1` that the documentation shows; the tests send them, and hold them against the types."""

from typing import Any

from payments.api.examples import CANCEL_ANSWERS, HUB_ID, REFUND_ID, STATUSES

CAPTURE_BODIES: dict[str, dict[str, Any]] = {"all": {}, "a_part_of_several": {"amount": 500, "final": False}}
NO_BODIES: dict[str, dict[str, Any]] = {"nothing": {}}
EXPIRE_ANSWERS: dict[str, dict[str, Any]] = {
    "expired": CANCEL_ANSWERS["cancelled"]
    | {
        "resultDescription": "Expired.",
        "metadata": CANCEL_ANSWERS["cancelled"]["metadata"] | {"state": "PAYMENT_EXPIRED"},
    },
    "refused": CANCEL_ANSWERS["refused"],
}

_AMOUNTS = {
    "authorized": 1299,
    "captured": 1299,
    "capturable": 0,
    "refunded": 500,
    "refundReserved": 0,
    "refundedElsewhere": 0,
    "chargedBack": 0,
    "refundable": 799,
}
_SUMMARY = {
    "id": HUB_ID,
    "paymentId": "sp_1Q2",
    "shopTransactionId": "order-2041",
    "type": "DIRECT",
    "provider": "sandbox",
    "method": "credit-cards",
    "amount": 1299,
    "currency": "EUR",
    "status": "ACCEPTED",
    "state": "PARTIALLY_REFUNDED",
    "businessState": 2,
    "inDoubt": False,
    "amounts": _AMOUNTS,
    "createdAt": "2026-03-02T09:14:05.120000Z",
    "updatedAt": "2026-03-03T11:00:01.007000Z",
}
_REFUND = {
    "id": REFUND_ID,
    "paymentId": "sp_1Q2",
    "hubPaymentId": HUB_ID,
    "amount": 500,
    "currency": "EUR",
    "state": "succeeded",
    "inDoubt": False,
    "reason": "returned",
    "note": "One mug was broken.",
    "actor": "api_key:0197a2c4d5e67f8091a2b3c4d5e6f700",
    "batchId": None,
    "overChargeback": False,
    "failure": "",
    "createdAt": "2026-03-03T11:00:00.410000Z",
    "decidedAt": "2026-03-03T11:00:01.007000Z",
}
_PAID = "att_0197a2c4d5e67f8091a2b3c4d5e6f709"

REFUND_BODIES: dict[str, dict[str, Any]] = {
    "a_part": {"amount": 500, "reason": "returned", "note": "One mug was broken."},
    "one_item_of_several": {
        "amount": 500,
        "reason": "returned",
        "items": [{"itemId": "mug", "description": "Mug", "quantity": 1, "amount": 500, "vatRate": 22}],
    },
    "only_if_nothing_moved": {"amount": 500, "currency": "EUR", "reason": "returned", "expectedRefundable": 1299},
}
REFUND_ANSWERS: dict[str, dict[str, Any]] = {
    "refunded": {"result": "OK", "resultDescription": "Refunded.", "refund": _REFUND, "amounts": _AMOUNTS},
    "not_known_yet": {
        "result": "PENDING",
        "resultDescription": "Sent, but the provider has not answered. Ask for the status; do not pay again under another id.",
        "refund": _REFUND | {"state": "open", "inDoubt": True, "decidedAt": None},
        "amounts": _AMOUNTS | {"refunded": 0, "refundReserved": 500},
    },
}
REFUNDS: dict[str, dict[str, Any]] = {"refunded": _REFUND}
PAYMENT_PAGES: dict[str, dict[str, Any]] = {
    "a_page": {"data": [_SUMMARY], "nextCursor": "AAYOIPg3g0ABl6LE1eZ_gJGis8TV5vcI"}
}
OPEN_BODIES: dict[str, dict[str, Any]] = {
    "an_order": {
        "amount": 1299,
        "currency": "EUR",
        "shopTransactionId": "order-2041",
        "description": "Order 2041",
        "locale": "it",
        "buyer": {"id": "c-17", "name": "Ada Rossi", "email": "ada@shop.example"},
        "items": [{"itemId": "mug", "description": "Mug", "quantity": 1, "amount": 1299, "vatRate": 22}],
        "successRedirectUrl": "https://shop.example/thanks",
        "failureRedirectUrl": "https://shop.example/basket",
    },
    "some_methods_and_held": {
        "amount": 1299,
        "currency": "EUR",
        "shopTransactionId": "order-2042",
        "allowedMethods": ["sandbox/credit-cards", "paypal"],
        "captureMode": "manual",
    },
}
_CHECKOUT = "https://hub.example/payment/t/f3mX0c2u9S0hQ5s1sZ0uN8kYy7nq4o2bV6wQm1rJx8E"
OPEN_PAYMENTS: dict[str, dict[str, Any]] = {
    "opened": _SUMMARY
    | {
        "paymentId": "pay_0197a2c4d5e67f8091a2b3c4d5e6f708",
        "provider": "",
        "method": "",
        "status": "PENDING",
        "state": "PAYMENT_CREATED",
        "businessState": 0,
        "amounts": dict.fromkeys(_AMOUNTS, 0),
        "stage": "choose",
        "checkoutUrl": _CHECKOUT,
        "expiresAt": "2026-03-03T18:00:00+00:00",
    }
}
CHECKOUT_ADDRESSES: dict[str, dict[str, Any]] = {
    "another": {"id": "pay_0197a2c4d5e67f8091a2b3c4d5e6f708", "stage": "choose", "checkoutUrl": _CHECKOUT}
}
PAYMENTS: dict[str, dict[str, Any]] = {
    "partly_refunded": _SUMMARY
    | {
        "mode": "test",
        "providerAccount": "main",
        "captureMode": "automatic",
        "description": "Order 2041",
        "buyer": {"email": "ada@shop.example"},
        "additionalData": {},
        "expiresAt": None,
        "authorizationExpiresAt": None,
        "captures": [{"attemptId": _PAID, "amount": 1299, "capturedAt": "2026-03-02T09:14:06.300000Z"}],
        "refunds": [_REFUND],
        "attempts": [
            {
                "id": _PAID,
                "kind": "pay",
                "state": "SUCCEEDED",
                "amount": 1299,
                "refundId": None,
                "declineReason": "",
                "declineCode": "",
                "declineMessage": "",
                "elapsedMs": 212,
                "references": [{"kind": "payment", "value": "sp_1Q2"}],
                "createdAt": "2026-03-02T09:14:05.120000Z",
                "decidedAt": "2026-03-02T09:14:06.300000Z",
            }
        ],
        "timeline": [
            {
                "number": 1,
                "at": "2026-03-02T09:14:05.120000Z",
                "event": "paymentCreated",
                "fromState": "",
                "toState": "PAYMENT_CREATED",
                "unexpected": False,
                "source": "api",
                "evidence": "request:0197a2c4d5e67f80",
                "actor": "",
            }
        ],
    }
}
BULK_BODIES: dict[str, dict[str, Any]] = {
    "a_recall": {
        "batchId": "2026-03-recall",
        "rows": [
            {"paymentId": "sp_1Q2", "reason": "recall"},
            {"paymentId": "sp_1Q3", "amount": 500, "currency": "EUR"},
        ],
    }
}
BULK_ANSWERS: dict[str, dict[str, Any]] = {
    "one_refunded_and_one_refused": {
        "batchId": "2026-03-recall",
        "finished": True,
        "total": 2,
        "counts": {"ERROR": 1, "OK": 1},
        "rows": [
            {
                "row": 0,
                "paymentId": "sp_1Q2",
                "result": "OK",
                "resultDescription": "Refunded.",
                "refundId": REFUND_ID,
                "amount": 799,
                "currency": "EUR",
            },
            {
                "row": 1,
                "paymentId": "sp_1Q3",
                "result": "ERROR",
                "resultDescription": "There is no such payment.",
                "error": {"code": "not_found", "message": "There is no such payment.", "details": {}},
            },
        ],
    }
}
EVENT_PAGES: dict[str, dict[str, Any]] = {
    "a_page": {
        "data": [
            {
                "id": "evt_0197a2c4d5e67f8091a2b3c4d5e6f70b",
                "type": "payment.captured",
                "hubPaymentId": HUB_ID,
                "paymentId": "sp_1Q2",
                "subscriptionId": None,
                "sequence": 1,
                "createdAt": "2026-03-02T09:14:06.300000Z",
                "data": STATUSES["paid"],
            }
        ],
        "nextCursor": "AAYOIPg3g0ABl6LE1eZ_gJGis8TV5vcI",
        "hasMore": False,
    }
}
