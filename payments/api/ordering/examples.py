"""Examples of the order system's command."""

from typing import Any

_CART = "3f0e6c6a-5b1b-4f0e-9a43-0f4b6a4f9b11"
_CUSTOMER = "9a1c2d3e-4f50-4a6b-8c7d-0e1f2a3b4c5d"
_ORDER = "0197a2c4-d5e6-7f80-91a2-b3c4d5e6f70b"
_PAYMENT = "0197a2c4-d5e6-7f80-91a2-b3c4d5e6f70a"

AUTHORIZE_ORDERS: dict[str, Any] = {
    "the_catalogs_command": {"cartId": _CART, "customerId": _CUSTOMER, "amount": 1299, "currency": "EUR"},
    "with_a_token": {
        "cartId": _CART,
        "customerId": _CUSTOMER,
        "orderId": _ORDER,
        "amount": 1299,
        "currency": "EUR",
        "provider": "sandbox",
        "paymentMethod": "credit-cards",
        "providerData": {"token": "tok_visa"},
        "wait": 0,
    },
    "nothing_to_pay": {"cartId": _CART, "amount": 0, "currency": "EUR"},
}

_REQUESTED: dict[str, Any] = {
    "paymentId": _PAYMENT,
    "orderId": _ORDER,
    "cartId": _CART,
    "status": "REQUESTED",
    "amount": 1299,
    "currency": "EUR",
}
AUTHORIZED_ORDERS: dict[str, Any] = {
    "the_customer_must_pay": _REQUESTED
    | {"checkoutUrl": "https://pay.example/payment/start/0197a2c4d5e67f8091a2b3c4d5e6f70a:c2lnbmF0dXJl"},
    "a_worker_charges": _REQUESTED,
    "nothing_to_pay": _REQUESTED | {"status": "SUCCEEDED", "amount": 0},
}
