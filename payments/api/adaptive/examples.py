"""Rules and offers that the documentation shows; the tests send and compare them."""

from typing import Any

_RULES = [{"key": "/additionalData/channel", "operator": "equals", "value": "web"}]
_PAIRS = [{"provider": "sandbox", "paymentMethod": "credit-cards"}, {"provider": "stripe", "paymentMethod": "pay-pal"}]

NEW_RULES: dict[str, dict[str, Any]] = {
    "methods_of_a_channel": {
        "ruleId": "web-orders", "priority": 10, "type": "paymentMethods", "rules": _RULES, "response": _PAIRS,
    },
    "the_fall_back": {
        "ruleId": "default", "priority": 0, "type": "paymentMethods", "rules": [], "response": _PAIRS[:1],
    },
}  # fmt: skip
CHANGES: dict[str, dict[str, Any]] = {
    "another_priority": {"priority": 20},
    "other_conditions": {"rules": [{"key": "/amount", "operator": "less_than", "value": 5000}]},
}
RULES: dict[str, dict[str, Any]] = {
    "a_rule": {
        **NEW_RULES["methods_of_a_channel"],
        "createdAt": "2026-03-01T10:00:00Z",
        "updatedAt": "2026-03-01T10:00:00Z",
    }
}
LISTS: dict[str, list[dict[str, Any]]] = {"rules": [RULES["a_rule"]], "none": []}
CHECKS: dict[str, dict[str, Any]] = {
    "a_payment": {
        "type": "paymentMethods",
        "data": {"amount": 1299, "currency": "EUR", "additionalData": {"channel": "web"}},
    }
}
CHECKED: dict[str, Any] = {"the_response_of_the_rule": _PAIRS}

PREVIEWS: dict[str, dict[str, Any]] = {
    "a_phone_in_italy": {
        "amount": 1299,
        "currency": "EUR",
        "country": "IT",
        "device": "phone",
        "additionalData": {"channel": "web"},
    },
    "held_first": {"amount": 1299, "currency": "EUR", "captureMode": "manual", "allowedMethods": ["credit-cards"]},
}
OFFERS: dict[str, dict[str, Any]] = {
    "two_methods": {
        "ruleId": "web-orders",
        "methods": [
            {"provider": "sandbox", "paymentMethod": "credit-cards", "account": "main", "redirectKind": "mobile"},
            {"provider": "stripe", "paymentMethod": "pay-pal", "account": "main", "redirectKind": "mobile"},
        ],
        "explained": [
            {"provider": "sandbox", "paymentMethod": "credit-cards", "account": "main", "shown": True,
             "reasonHidden": None, "why": "The rule «web-orders» names it."},
            {"provider": "sandbox", "paymentMethod": "wallet", "account": "main", "shown": False,
             "reasonHidden": "rule", "why": "The rule «web-orders» decides, and does not name it."},
        ],
        "rules": [
            {"ruleId": "web-orders", "priority": 10, "holds": True,
             "conditions": ['/additionalData/channel is "web"; equals "web" holds.']},
        ],
    }
}  # fmt: skip
SHORT_OFFERS: dict[str, dict[str, Any]] = {
    "two_methods": OFFERS["two_methods"] | {"explained": None, "rules": None},
    "explained": OFFERS["two_methods"],
}
