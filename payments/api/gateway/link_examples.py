"""Payment links of providers that the documentation shows; the tests send and compare them."""

from typing import Any

from payments.api.examples import HUB_ID

REQUESTS: dict[str, dict[str, Any]] = {
    "published": {
        "amount": 1299,
        "currency": "EUR",
        "shopTransactionId": "order-2061",
        "successRedirectUrl": "https://shop.example/thanks",
        "failureRedirectUrl": "https://shop.example/basket",
    }
}
RESULTS: dict[str, dict[str, Any]] = {
    "made": {
        "result": "OK",
        "resultCode": "OK",
        "resultDescription": "The link is made. Its outcome comes by callback.",
        "paymentId": "sl_1Q2",
        "link": "https://psp.example/l/sl_1Q2",
        "metadata": {"hubPaymentId": HUB_ID, "state": "LINK_CREATED"},
    },
    "not_known_yet": {
        "result": "PENDING",
        "resultCode": "PENDING",
        "resultDescription": "Sent, but the provider has not answered. Ask for the status; do not pay again under another id.",
        "paymentId": HUB_ID,
        "metadata": {"hubPaymentId": HUB_ID, "state": "LINK_REQUESTED"},
    },
}
