"""Subscriptions and their invoices. Nothing happens by itself: the desk lets a period pass."""

import calendar
import datetime
from typing import Any

from . import intents, links, problems
from .store import Account, Thing, listed, new_id, now

_OVER = ("canceled", "incomplete_expired")


def begin(account: Account, session: Thing, behaviour: str) -> None:
    """Begin what a page was opened for: the customer, the means, the subscription and its first invoice, paid."""
    wanted = account.wanted[session["id"]]
    customer = session["customer"] or new_id("cus")
    means = intents.keep_means(account, customer, behaviour)
    price = links.create_price(account, _price(wanted["line_items"][0]["price_data"]))
    start = now()
    subscription: Thing = {
        "id": new_id("sub"),
        "object": "subscription",
        "automatic_tax": {"enabled": False},
        "billing_cycle_anchor": start,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "collection_method": "charge_automatically",
        "created": start,
        "currency": price["currency"],
        "customer": customer,
        "default_payment_method": means,
        "ended_at": None,
        "latest_invoice": None,
        "livemode": account.live,
        "metadata": (wanted.get("subscription_data") or {}).get("metadata", {}),
        "start_date": start,
        "status": "active",
    }
    item = {
        "id": new_id("si"),
        "object": "subscription_item",
        "created": start,
        "metadata": {},
        "price": price,
        "quantity": 1,
        "subscription": subscription["id"],
        "tax_rates": [],
    }
    subscription["items"] = {
        "object": "list",
        "data": [item],
        "has_more": False,
        "url": f"/v1/subscription_items?subscription={subscription['id']}",
    }
    account.subscriptions[subscription["id"]] = subscription
    _period(subscription, start)
    invoice = _invoice(account, subscription, "subscription_create")
    _charge(account, subscription, invoice, "pm_card_visa")
    session |= {
        "customer": customer,
        "subscription": subscription["id"],
        "invoice": invoice["id"],
        "status": "complete",
        "payment_status": "paid",
        "url": None,
    }
    account.tell("customer.subscription.created", subscription)
    account.tell("checkout.session.completed", session)


def pass_period(account: Account, subscription: Thing) -> Thing:
    """Let what was paid for be over: charge the next period by the means, or end it where that was asked for."""
    end = subscription["items"]["data"][0]["current_period_end"]
    if subscription["status"] in _OVER:
        raise problems.Problem(400, "This subscription is over.")
    if subscription["cancel_at_period_end"] or (subscription["cancel_at"] or end + 1) <= end:
        return _end(account, subscription, end)
    _period(subscription, end)
    invoice = _invoice(account, subscription, "subscription_cycle")
    _charge(account, subscription, invoice, _behaviour(account, subscription))
    account.tell("customer.subscription.updated", subscription)
    return invoice


def try_again(account: Account, invoice: Thing, outcome: str) -> Thing:
    """Let Stripe try a failed invoice again: `paid`, `failed`, or `given_up`, which ends the subscription."""
    subscription = account.find("subscription", invoice["parent"]["subscription_details"]["subscription"])
    if outcome == "given_up":
        return _end(account, subscription, now())
    behaviour = "pm_card_visa" if outcome == "paid" else _behaviour(account, subscription)
    _charge(account, subscription, invoice, behaviour)
    account.tell("customer.subscription.updated", subscription)
    return invoice


def update(account: Account, subscription_id: str, given: dict[str, Any]) -> Thing:
    """Change a subscription."""
    subscription = account.find("subscription", subscription_id)
    if subscription["status"] in _OVER:
        raise problems.Problem(400, "A canceled subscription can only update its cancellation_details.")
    item = subscription["items"]["data"][0]
    for change in given.get("items", []):
        if change.get("id") != item["id"]:
            raise problems.missing("subscription item", str(change.get("id")))
        before = item["price"]["recurring"]
        item["price"] = links.create_price(account, _price(change["price_data"]))
        if item["price"]["recurring"] != before and "trial_end" not in given:
            _period(subscription, now())  # a new rhythm begins at once, and is charged at once
            _charge(account, subscription, _invoice(account, subscription, "subscription_update"), "pm_card_visa")
    if "cancel_at_period_end" in given:
        at_end = given["cancel_at_period_end"] == "true"
        end = item["current_period_end"] if at_end else None
        subscription |= {"cancel_at_period_end": at_end, "cancel_at": end, "canceled_at": now() if at_end else None}
    if "cancel_at" in given:
        subscription |= {"cancel_at": int(given["cancel_at"]), "canceled_at": now()}
    if "trial_end" in given:
        subscription |= {"trial_end": int(given["trial_end"]), "status": "trialing"}
    account.tell("customer.subscription.updated", subscription)
    return subscription


def cancel(account: Account, subscription_id: str) -> Thing:
    """End a subscription at once."""
    subscription = account.find("subscription", subscription_id)
    if subscription["status"] in _OVER:
        raise problems.missing("subscription", subscription_id)
    subscription["canceled_at"] = now()
    return _end(account, subscription, now())


def invoices(account: Account, given: dict[str, Any]) -> Thing:
    """List the invoices of a subscription."""
    wanted = given.get("subscription")
    found = [
        each
        for each in account.invoices.values()
        if wanted in (None, each["parent"]["subscription_details"]["subscription"])
    ]
    return listed(found, "/v1/invoices", int(given.get("limit", 10)))


def _end(account: Account, subscription: Thing, at: int) -> Thing:
    subscription |= {"status": "canceled", "ended_at": at}
    account.tell("customer.subscription.deleted", subscription)
    return subscription


def _behaviour(account: Account, subscription: Thing) -> str:
    return account.behaviours[subscription["default_payment_method"]]


def _price(given: Thing) -> Thing:
    product = given.get("product_data") or {"name": "as before"}
    return {**given, "product_data": product}


def _period(subscription: Thing, start: int) -> None:
    recurring = subscription["items"]["data"][0]["price"]["recurring"]
    end = _later(start, subscription["billing_cycle_anchor"], recurring["interval_count"])
    period = {"current_period_start": start, "current_period_end": end}
    subscription["items"]["data"][0] |= period
    subscription |= period


def _later(start: int, anchor: int, months: int) -> int:
    begun = datetime.datetime.fromtimestamp(start, datetime.UTC)
    day = datetime.datetime.fromtimestamp(anchor, datetime.UTC).day
    year, month = divmod(begun.year * 12 + begun.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return int(begun.replace(year=year, month=month + 1, day=min(day, last)).timestamp())


def _invoice(account: Account, subscription: Thing, reason: str) -> Thing:
    item = subscription["items"]["data"][0]
    amount = item["price"]["unit_amount"] * item["quantity"]
    line = {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": subscription["currency"],
        "description": "1 of it",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "livemode": account.live,
        "metadata": {},
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        "price": item["price"],
        "proration": False,
        "quantity": 1,
        "subscription": subscription["id"],
        "type": "subscription",
    }
    invoice: Thing = {
        "id": new_id("in"),
        "object": "invoice",
        "amount_due": amount,
        "amount_paid": 0,
        "amount_remaining": amount,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "automatic_tax": {"enabled": False, "status": None},
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": item["current_period_start"],
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "default_tax_rates": [],
        "lines": {"object": "list", "data": [line], "has_more": False, "url": "/v1/invoices/lines"},
        "livemode": account.live,
        "metadata": {},
        "next_payment_attempt": None,
        "paid": False,
        "paid_out_of_band": False,
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"metadata": subscription["metadata"], "subscription": subscription["id"]},
        },
        "payment_settings": {"payment_method_options": None, "payment_method_types": None},
        "payments": {"object": "list", "data": [], "has_more": False, "url": "/v1/invoice_payments"},
        "period_end": item["current_period_start"],
        "period_start": item["current_period_start"],
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "open",
        "status_transitions": {},
        "subtotal": amount,
        "total": amount,
        "total_tax_amounts": [],
    }
    account.invoices[invoice["id"]] = invoice
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def _charge(account: Account, subscription: Thing, invoice: Thing, behaviour: str) -> None:
    """Try an invoice once: all tries of it are those of one intent."""
    if not invoice["payments"]["data"]:
        asked = {"amount": str(invoice["amount_due"]), "currency": invoice["currency"]}
        intent = intents.make(account, {**asked, "description": "Subscription update"})
        intent |= {"customer": subscription["customer"], "payment_method": subscription["default_payment_method"]}
        invoice["payments"]["data"].append(
            {
                "id": new_id("inpay"),
                "object": "invoice_payment",
                "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
                "status": "open",
            }
        )
    payment = invoice["payments"]["data"][0]
    intent = account.find("intent", payment["payment"]["payment_intent"])
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    if intents.try_off_session(account, intent, behaviour):
        payment["status"] = "paid"
        invoice |= {"status": "paid", "paid": True, "amount_paid": invoice["amount_due"], "amount_remaining": 0}
        subscription["status"] = "active"
        account.tell("invoice.paid", invoice)
        account.tell("invoice.payment_succeeded", invoice)
    else:
        invoice["next_payment_attempt"] = now() + 3 * 86400
        subscription["status"] = "past_due"
        account.tell("invoice.payment_failed", invoice)
