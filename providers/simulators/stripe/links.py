"""Prices, and Payment Links: addresses that open a Checkout Session for whoever comes."""

from typing import Any

from . import problems, sessions
from .intents import whole
from .store import Account, Thing, listed, new_id, now


def create_price(account: Account, given: dict[str, Any]) -> Thing:
    """Make a price, with a product of its own."""
    if "currency" not in given:
        raise problems.lacking("currency")
    if not (given.get("product_data") or {}).get("name") and "product" not in given:
        raise problems.lacking("product_data[name]")
    amount = whole(given, "unit_amount")
    recurring = given.get("recurring")
    price = {
        "id": new_id("price"),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": now(),
        "currency": given["currency"],
        "livemode": account.live,
        "metadata": given.get("metadata", {}),
        "product": given.get("product") or new_id("prod"),
        "recurring": recurring and _recurring(recurring),
        "type": "recurring" if recurring else "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
    account.prices[price["id"]] = price
    return price


def _recurring(given: dict[str, Any]) -> Thing:
    count = int(given.get("interval_count", 1))
    return {"interval": given["interval"], "interval_count": count, "usage_type": "licensed"}


def create(account: Account, given: dict[str, Any], page: str) -> Thing:
    """Make a link below the address `page`."""
    items = given.get("line_items")
    if not isinstance(items, list) or not items:
        raise problems.lacking("line_items")
    prices = [account.find("price", item.get("price", "")) for item in items]
    link: Thing = {
        "id": new_id("plink"),
        "object": "payment_link",
        "active": True,
        "after_completion": given.get("after_completion")
        or {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": None}},
        "allow_promotion_codes": False,
        "automatic_tax": {"enabled": False},
        "billing_address_collection": "auto",
        "currency": prices[0]["currency"],
        "custom_fields": [],
        "custom_text": {"shipping_address": None, "submit": None},
        "customer_creation": "if_required",
        "livemode": account.live,
        "metadata": given.get("metadata", {}),
        "payment_method_collection": "always",
        "phone_number_collection": {"enabled": False},
        "restrictions": given.get("restrictions"),
        "shipping_options": [],
        "submit_type": "auto",
        "tax_id_collection": {"enabled": False},
        "url": "",
    }
    link["url"] = f"{page}/{link['id']}"
    account.links[link["id"]] = link
    account.wanted[link["id"]] = {
        "line_items": [
            {"price_data": {"currency": price["currency"], "unit_amount": str(price["unit_amount"])}, "quantity": "1"}
            for price in prices
        ],
        "payment_intent_data": given.get("payment_intent_data", {}),
    }
    return link


def update(account: Account, link_id: str, given: dict[str, Any]) -> Thing:
    """Switch a link off or on."""
    link = account.find("link", link_id)
    if "active" in given:
        link["active"] = given["active"] == "true"
    link["metadata"] = link["metadata"] | given.get("metadata", {})
    return link


def open_(account: Account, link: Thing, page: str) -> Thing:
    """Open the session of one customer."""
    given = {
        **account.wanted[link["id"]],
        "mode": "payment",
        "metadata": dict(link["metadata"]),
        "success_url": (link["after_completion"].get("redirect") or {}).get("url", "about:blank"),
    }
    session = sessions.create(account, given, page)
    session["payment_link"] = link["id"]
    return session


def newest(account: Account, given: dict[str, Any]) -> Thing:
    """List links."""
    return listed(list(account.links.values()), "/v1/payment_links", int(given.get("limit", 10)))
