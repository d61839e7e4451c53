"""Payment links that the documentation shows; the tests send and compare them."""

from typing import Any

_ID = "plink_0197a2c4d5e67f8091a2b3c4d5e6f70e"
_LINK: dict[str, Any] = {
    "id": _ID,
    "url": "https://hub.example/l/3vJ0w9m8eQy1n5c7b2k4t6u8zXA",
    "status": "open",
    "mode": "test",
    "shopTransactionId": "order-2071",
    "amount": 1299,
    "minAmount": None,
    "maxAmount": None,
    "currency": "EUR",
    "captureMode": "automatic",
    "maxUses": 1,
    "uses": 0,
    "openUses": 0,
    "started": 0,
    "expiresAt": "2027-03-01T00:00:00Z",
    "disabledAt": None,
    "description": "Order 2071",
    "buyer": {"name": "Ada Bianchi", "email": "ada@shop.example"},
    "additionalData": {},
    "locale": "it",
    "allowedMethods": [],
    "successRedirectUrl": "https://shop.example/thanks",
    "failureRedirectUrl": "",
    "callbackUrl": "",
    "createdAt": "2026-03-01T09:00:00.000001Z",
    "updatedAt": "2026-03-01T09:00:00.000001Z",
}

LINK_BODIES: dict[str, dict[str, Any]] = {
    "fixed_amount_once": {
        "amount": 1299,
        "currency": "EUR",
        "shopTransactionId": "order-2071",
        "description": "Order 2071",
        "locale": "it",
        "buyer": {"name": "Ada Bianchi", "email": "ada@shop.example"},
        "successRedirectUrl": "https://shop.example/thanks",
    },
    "chosen_amount_as_often_as_somebody_comes": {
        "minAmount": 500,
        "maxAmount": 50000,
        "currency": "EUR",
        "shopTransactionId": "donations-2026",
        "description": "Donation",
        "maxUses": None,
    },
}
LINKS: dict[str, dict[str, Any]] = {
    "open": _LINK,
    "chosen_amount": _LINK
    | {
        "shopTransactionId": "donations-2026",
        "amount": None,
        "minAmount": 500,
        "maxAmount": 50000,
        "maxUses": None,
        "expiresAt": None,
        "description": "Donation",
        "buyer": {},
        "locale": "",
        "successRedirectUrl": "",
    },
}
LINK_PAGES: dict[str, dict[str, Any]] = {"last_page": {"data": [_LINK], "nextCursor": None}}
LINK_CHANGES: dict[str, dict[str, Any]] = {
    "paid_more_often": {"maxUses": 3, "disabled": False},
    "without_an_end": {"expiresAt": None},
}
SEND_BODIES: dict[str, dict[str, Any]] = {
    "to_the_buyer": {},
    "to_somebody": {"email": "bob@shop.example", "locale": "de"},
}
SENT: dict[str, dict[str, Any]] = {"due": {"state": "due", "reason": "", "recipient": "a***@shop.example"}}
