"""Checkout Sessions: a page for one payment."""

from typing import Any

from . import intents, problems, subscriptions
from .store import Account, Thing, listed, new_id, now

_SHORTEST, _LONGEST = 30 * 60, 24 * 60 * 60


def create(account: Account, given: dict[str, Any], page: str) -> Thing:
    """Open a page below the address `page`."""
    if "success_url" not in given:
        raise problems.lacking("success_url")
    if "payment_method_types" in given:
        raise problems.wrong("payment_method_types", "No longer supported.", "payment_method_types_no_longer_supported")
    total, currency = _total(given)
    ends = int(given.get("expires_at", now() + _LONGEST))
    if not now() + _SHORTEST <= ends <= now() + _LONGEST:
        raise problems.wrong("expires_at", "The `expires_at` timestamp must be 30 minutes to 24 hours from now.")
    session = {
        "id": new_id("cs_test"),
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "status": None},
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "created": now(),
        "currency": currency,
        "custom_fields": [],
        "custom_text": {"shipping_address": None, "submit": None},
        "customer": given.get("customer"),
        "customer_creation": given.get("customer_creation", "if_required"),
        "customer_email": given.get("customer_email"),
        "expires_at": ends,
        "livemode": account.live,
        "locale": given.get("locale"),
        "metadata": given.get("metadata", {}),
        "mode": given["mode"],
        "payment_intent": None,
        "payment_link": None,
        "invoice": None,
        "subscription": None,
        "payment_method_types": given.get("allowed_payment_method_types", ["card"]),
        "payment_status": "unpaid" if given["mode"] != "setup" else "no_payment_required",
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "success_url": given["success_url"],
        "url": None,
    }
    session["url"] = f"{page}/{session['id']}"
    account.sessions[session["id"]] = session
    account.wanted[session["id"]] = given
    return session


def _total(given: dict[str, Any]) -> tuple[int | None, str]:
    if given["mode"] == "setup":
        if "currency" not in given:
            raise problems.lacking("currency")
        return None, given["currency"]
    items = given.get("line_items")
    if not isinstance(items, list) or not items:
        raise problems.lacking("line_items")
    prices = [(item["price_data"], int(item.get("quantity", 1))) for item in items]
    return sum(intents.whole(price, "unit_amount") * count for price, count in prices), prices[0][0]["currency"]


def _keep(account: Account, session: Thing, behaviour: str) -> None:
    """Keep the customer's card without a payment."""
    session["customer"] = session["customer"] or new_id("cus")
    setup: Thing = {
        "id": new_id("seti"),
        "object": "setup_intent",
        "created": now(),
        "customer": session["customer"],
        "livemode": account.live,
        "metadata": (account.wanted[session["id"]].get("setup_intent_data") or {}).get("metadata", {}),
        "payment_method": intents.keep_means(account, session["customer"], behaviour),
        "payment_method_types": ["card"],
        "status": "succeeded",
        "usage": "off_session",
    }
    account.setups[setup["id"]] = setup
    session |= {"setup_intent": setup["id"], "status": "complete", "url": None}
    account.tell("checkout.session.completed", session)


def pay(account: Account, session: Thing, behaviour: str = "pm_card_visa") -> None:
    """Let the customer pay; `behaviour` is the test token that tells what later charges of a kept card do."""
    if session["mode"] == "subscription":
        subscriptions.begin(account, session, behaviour)
        return
    if session["mode"] == "setup":
        _keep(account, session, behaviour)
        return
    intent = _intent(account, session)
    if intent["setup_future_usage"]:
        if session["customer_creation"] == "always":
            session["customer"] = session["customer"] or new_id("cus")
        intent |= {"customer": session["customer"]}
        intent["payment_method"] = intents.keep_means(account, session["customer"], behaviour)
    intents.succeed(account, intent)
    _finish(account, session)


def pay_later(account: Account, session: Thing) -> None:
    """Let the customer choose a means that takes days; `settle` ends it."""
    _intent(account, session)["status"] = "processing"
    _finish(account, session)


def settle(account: Account, session: Thing, *, success: bool) -> None:
    """Let the money of a slow means come, or not."""
    intent = account.find("intent", session["payment_intent"])
    if success:
        intents.succeed(account, intent)
        session["payment_status"] = "paid"
        account.tell("checkout.session.async_payment_succeeded", session)
    else:
        intents.decline(account, intent, "card_declined", "generic_decline")
        account.tell("checkout.session.async_payment_failed", session)


def decline(account: Account, session: Thing) -> None:
    """Let the bank say no; the page stays open."""
    if session["mode"] != "payment":
        return
    intents.decline(account, _intent(account, session), "card_declined", "generic_decline")


def expire(account: Account, session_id: str) -> Thing:
    """Close a page that nobody has paid on."""
    session = account.find("session", session_id)
    if session["status"] != "open":
        message = f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.'
        raise problems.Problem(400, message)
    session |= {"status": "expired", "url": None}
    if session["payment_intent"]:
        account.find("intent", session["payment_intent"])["status"] = "canceled"
    account.tell("checkout.session.expired", session)
    return session


def newest(account: Account, given: dict[str, Any]) -> Thing:
    """List sessions."""
    wanted = {name: given[name] for name in ("payment_intent", "payment_link") if name in given}
    found = [each for each in account.sessions.values() if all(each[n] == value for n, value in wanted.items())]
    return listed(found, "/v1/checkout/sessions", int(given.get("limit", 10)))


def _intent(account: Account, session: Thing) -> Thing:
    if session["payment_intent"] is None:
        wanted = account.wanted[session["id"]].get("payment_intent_data", {})
        given = {**wanted, "amount": str(session["amount_total"]), "currency": session["currency"]}
        session["payment_intent"] = intents.make(account, given)["id"]
    return account.find("intent", session["payment_intent"])


def _finish(account: Account, session: Thing) -> None:
    paid = account.find("intent", session["payment_intent"])["status"] == "succeeded"
    session |= {"status": "complete", "payment_status": "paid" if paid else "unpaid", "url": None}
    if session["payment_link"]:
        link = account.find("link", session["payment_link"])
        limit = ((link["restrictions"] or {}).get("completed_sessions") or {}).get("limit")
        done = [each for each in account.sessions.values() if each["payment_link"] == link["id"]]
        if limit and sum(each["status"] == "complete" for each in done) >= int(limit):
            link["active"] = False
    account.tell("checkout.session.completed", session)
