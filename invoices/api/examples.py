"""Requests and answers that the documentation shows; the tests send and compare them."""

from typing import Any

from payments.api.examples import HUB_ID, REFUND_ID

INVOICE_ID = "inv_0197a2c4d5e67f8091a2b3c4d5e6f70c"
_LOCATION = "https://hub.example/invoices/download/WyIwMTk3Il0:1w4Nfy:9f2c"
_READY = {
    "state": "ready",
    "size": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "location": _LOCATION,
    "xmlLocation": _LOCATION,
}
_DUE = {"state": "due", "size": None, "sha256": None, "location": None, "xmlLocation": None}
SUMMARY: dict[str, Any] = {
    "id": INVOICE_ID,
    "kind": "invoice",
    "number": "INV2026-00042",
    "issuedAt": "2026-03-02T09:14:06.120000Z",
    "paymentId": "sp_1Q2",
    "hubPaymentId": HUB_ID,
    "shopTransactionId": "order-2041",
    "refundId": None,
    "refersTo": None,
    "currency": "EUR",
    "net": 1065,
    "vat": 234,
    "gross": 1299,
    "file": _READY,
}
_NOBODY = {
    "name": "Ada Bianchi",
    "street": "",
    "postalCode": "",
    "city": "",
    "state": "",
    "country": "IT",
    "vatId": "",
    "taxNumber": "",
    "email": "ada@shop.example",
}
_STANDS = {
    "issuer": _NOBODY
    | {
        "name": "Tazze S.r.l.",
        "street": "Via Roma 1",
        "postalCode": "20121",
        "city": "Milano",
        "vatId": "IT12345670017",
    },
    "buyer": _NOBODY,
    "lines": [
        {
            "number": 1,
            "itemId": "mug",
            "description": "Mug",
            "quantity": "1",
            "unitGross": 1299,
            "discount": 0,
            "net": 1065,
            "vat": 234,
            "gross": 1299,
            "rate": "22",
            "category": "S",
            "exemptionReason": "",
        }
    ],
    "vatGroups": [{"category": "S", "rate": "22", "net": 1065, "vat": 234, "gross": 1299, "exemptionReason": ""}],
    "language": "it",
    "notes": [],
    "paidAt": "2026-03-02T09:14:05.120000Z",
}
_DETAIL = SUMMARY | _STANDS
_NOTE = _DETAIL | {
    "kind": "credit_note",
    "number": "CN2026-00007",
    "refundId": REFUND_ID,
    "refersTo": "INV2026-00042",
    "file": _DUE,
}
PAGES: dict[str, dict[str, Any]] = {
    "one": {"data": [SUMMARY], "nextCursor": None},
    "none": {"data": [], "nextCursor": None},
}
DETAILS: dict[str, dict[str, Any]] = {"invoice": _DETAIL, "credit_note_whose_file_is_being_made": _NOTE}
OF_PAYMENTS: dict[str, dict[str, Any]] = {
    "refunded": {"invoice": _DETAIL, "following": [_NOTE]},
    "not_refunded": {"invoice": _DETAIL, "following": []},
}
ISSUE_BODIES: dict[str, dict[str, Any]] = {
    "lines_and_buyer": {
        "items": [{"itemId": "mug", "description": "Mug", "quantity": 1, "amount": 1299, "vatRate": 22}],
        "buyer": {"name": "Ada Bianchi", "country": "IT"},
    },
}
ROW: dict[str, Any] = {
    "_id": INVOICE_ID,
    "name": "INV2026-00042.pdf",
    "file": "vT9dC0b1mXo2yq8r5w7uJg.pdf",
    "size": 48213,
    "location": _LOCATION,
    "sagaId": HUB_ID,
    "createdAt": "2026-03-02T09:14:06.120000Z",
    "updatedAt": "2026-03-02T09:14:08.007000Z",
    "__STATE__": "PUBLIC",
}
ROWS: dict[str, Any] = {"one": [ROW], "none": []}
ROW_EXAMPLES: dict[str, dict[str, Any]] = {"invoice": ROW}
COUNTS: dict[str, Any] = {"some": 42}
PRINT_BODIES: dict[str, dict[str, Any]] = {
    "published": {
        "personName": "Ada Bianchi",
        "streetAddress": "Via Roma 1",
        "city": "Milano",
        "state": "MI",
        "dateTime": "2026-03-02T09:14:05.120Z",
        "paymentMethod": "credit-cards",
        "transactionId": "sp_1Q2",
        "docNumber": "2026/42",
        "items": [{"itemId": "mug", "description": "Mug", "quantity": 1, "amount": 1299, "iva": 22}],
    },
    "a_single_item": {
        "personName": "Ada Bianchi",
        "streetAddress": "Via Roma 1",
        "city": "Milano",
        "state": "MI",
        "dateTime": "2026-03-02T09:14:05.120Z",
        "paymentMethod": "credit-cards",
        "transactionId": "sp_1Q2",
        "docNumber": "2026/43",
        "items": {"itemId": "mug", "description": "Mug", "quantity": 2, "amount": 1299},
    },
}
PRINTING: dict[str, dict[str, Any]] = {
    "queued": {
        "id": "0197a2c4d5e67f8091a2b3c4d5e6f70d",
        "state": "due",
        "location": "/print-pdf/0197a2c4d5e67f8091a2b3c4d5e6f70d",
    }
}
