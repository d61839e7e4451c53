"""Requests and answers about subscriptions that the documentation shows; the tests send and compare them."""

from typing import Any

from payments.api.examples import HUB_ID

SUBSCRIPTION_ID = "sub_0197a2c4d5e67f8091a2b3c4d5e6f70e"
_BEGUN = {"hubPaymentId": HUB_ID, "subscriptionId": SUBSCRIPTION_ID, "status": "ACTIVE", "state": "ACTIVE"}

SUBSCRIBE_REQUESTS: dict[str, dict[str, Any]] = {
    "published": {
        "amount": 990,
        "currency": "EUR",
        "shopTransactionId": "club-7",
        "subscriptionInfo": {"interval": "MONTH", "intervalCount": 1, "expiresAfter": 12},
        "successRedirectUrl": "https://shop.example/thanks",
        "failureRedirectUrl": "https://shop.example/basket",
        "providerData": {},
    },
    "free_trial": {
        "amount": 0,
        "currency": "EUR",
        "shopTransactionId": "club-8",
        "shopSubscriptionId": "club-membership-8",
        "regularAmount": 990,
        "trialEnd": "2027-03-01",
        "subscriptionInfo": {"interval": "MONTH"},
        "description": "Club membership",
        "locale": "it",
        "buyer": {"id": "customer-7", "name": "Ada Bianchi", "email": "ada@shop.example"},
    },
}
PAY_REQUESTS: dict[str, dict[str, Any]] = {
    "published": {
        "amount": 990,
        "currency": "EUR",
        "shopTransactionId": "club-7-march",
        "subscriptionInfo": {"token": "ss_1Q2"},
        "providerData": {},
    }
}
UPDATE_REQUESTS: dict[str, dict[str, Any]] = {
    "published": {
        "amount": 1290,
        "currency": "EUR",
        "shopTransactionId": "club-7",
        "subscriptionInfo": {"interval": "MONTH", "intervalCount": 1, "expiresAfter": 24},
        "providerData": {},
    }
}
RESULTS: dict[str, dict[str, Any]] = {
    "paid": {
        "result": "OK",
        "resultDescription": "Subscribed.",
        "paymentId": "sp_1Q2",
        "subscriptionToken": "ss_1Q2",
        "metadata": _BEGUN,
    },
    "customer_must_act": {
        "result": "REDIRECT_TO_URL",
        "resultDescription": "Send the customer to the redirect URL.",
        "paymentId": "sp_1Q2",
        "subscriptionToken": SUBSCRIPTION_ID,
        "redirectToUrl": "https://psp.example/pay/sp_1Q2",
        "metadata": _BEGUN | {"status": "PENDING", "state": "PAYMENT_PENDING"},
    },
    "refused": {
        "result": "KO",
        "resultDescription": "Declined: insufficient funds.",
        "paymentId": "sp_1Q2",
        "subscriptionToken": SUBSCRIPTION_ID,
        "metadata": _BEGUN | {"status": "PAST_DUE", "state": "PAYMENT_FAILED"},
    },
}
CHANGED: dict[str, dict[str, Any]] = {
    "changed": {
        "result": "OK",
        "resultDescription": "Changed from the next period on.",
        "subscriptionToken": "ss_1Q2",
        "metadata": {
            "subscriptionId": SUBSCRIPTION_ID,
            "status": "ACTIVE",
            "state": "ACTIVE",
            "nextPaymentDate": "2026-04-30",
            "expireRequested": False,
        },
    }
}
EXPIRED: dict[str, dict[str, Any]] = {
    "at_the_renewal_day": {
        "result": "OK",
        "resultDescription": "Ends on the day of the next renewal; nothing more is charged.",
        "subscriptionToken": "ss_1Q2",
        "metadata": {
            "subscriptionId": SUBSCRIPTION_ID,
            "status": "ACTIVE",
            "state": "ACTIVE",
            "nextPaymentDate": "2026-04-30",
            "expireRequested": True,
        },
    }
}
STATUSES: dict[str, dict[str, Any]] = {
    "active": {
        "status": "ACTIVE",
        "subscriptionToken": "ss_1Q2",
        "providerName": "sandbox",
        "metadata": {
            "subscriptionId": SUBSCRIPTION_ID,
            "shopSubscriptionId": "club-7",
            "shopTransactionId": "club-7",
            "paymentMethod": "credit-cards",
            "state": "ACTIVE",
            "runBy": "shop",
            "amount": 990,
            "currency": "EUR",
            "interval": "MONTH",
            "intervalCount": 1,
            "period": 1,
            "paymentsMade": 1,
            "nextPaymentDate": "2026-04-30",
            "expirationDate": None,
            "expireRequested": False,
            "paused": False,
            "endReason": None,
        },
    }
}
