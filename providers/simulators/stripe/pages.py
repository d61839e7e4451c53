"""What a customer sees, and the desk at which tests and people decide what happens next."""

import html

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from . import intents, links, problems, refunds, sessions, subscriptions
from .store import Account, Store, Thing

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 0; background: #f3f4f6; color: #111827 }}
main {{ max-width: 24rem; margin: 10vh auto; padding: 2rem; background: #fff; border-radius: .75rem }}
h1 {{ font-size: 1.125rem; margin: 0 0 1rem }} p {{ margin: 0 0 1rem }} .sum {{ font-size: 2rem; font-weight: 600 }}
.sum small {{ font: 1rem system-ui, sans-serif }}
button {{ display: block; width: 100%; margin: .5rem 0 0; padding: .75rem; font: inherit; cursor: pointer;
border: 1px solid #4b5563; border-radius: .5rem; background: #fff; color: inherit }}
button.first {{ background: #4338ca; border-color: #4338ca; color: #fff }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""


_LATER = {
    "pay_poor_later": "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pay_lost_later": "pm_card_visa_chargeDeclinedLostCard",
    "pay_strict_later": "pm_card_authenticationRequired",
}
"""What may be chosen where the card is kept, and what later charges of it do."""


def routes(store: Store) -> list[Route]:
    """List the pages and the desk."""

    async def pay(request: Request) -> Response:
        session_id = str(request.path_params["id"])
        account = store.owner_of("session", session_id)
        session = account.sessions[session_id]
        if request.method == "GET" or session["status"] != "open":
            return _checkout(session, keeps=_keeps(account, session))
        outcome = str((await request.form()).get("outcome", ""))
        if outcome == "cancel":
            return RedirectResponse(session["cancel_url"] or session["success_url"], 303)
        if outcome in _LATER:
            sessions.pay(account, session, _LATER[outcome])
            return RedirectResponse(session["success_url"], 303)
        acts = {"pay": sessions.pay, "pay_later": sessions.pay_later, "decline": sessions.decline}
        acts[outcome](account, session)
        if session["status"] == "open":
            return _checkout(session, "Your card was declined. Try another one.", keeps=_keeps(account, session))
        return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id), 303)

    async def visit(request: Request) -> Response:
        link_id = str(request.path_params["id"])
        account = store.owner_of("link", link_id)
        link = account.links[link_id]
        if not link["active"]:
            body = "<p>Nothing can be paid here any more.</p>"
            return HTMLResponse(_PAGE.format(title="Checkout (a simulator, no real money)", body=body))
        page = f"{str(request.base_url).rstrip('/')}/c/pay"
        return RedirectResponse(links.open_(account, link, page)["url"], 303)

    async def authenticate(request: Request) -> Response:
        intent_id = str(request.path_params["id"])
        account = store.owner_of("intent", intent_id)
        intent = account.intents[intent_id]
        if request.method == "GET" or intent["status"] != "requires_action":
            buttons = _buttons({"succeed": "It is me", "fail": "It is not me"})
            return HTMLResponse(_PAGE.format(title="Is it you?", body=_sum(intent, "amount") + buttons))
        back = intent["next_action"]["redirect_to_url"]["return_url"]
        if (await request.form()).get("outcome") == "succeed":
            intents.succeed(account, intent)
        else:
            code = "payment_intent_authentication_failure"
            intents.decline(account, intent, code, "")
        return RedirectResponse(back, 303)

    async def desk(request: Request) -> Response:
        return _desk(store, str(request.path_params["act"]), await request.form())

    return [
        Route("/c/pay/{id}", pay, methods=["GET", "POST"]),
        Route("/b/{id}", visit, methods=["GET"]),
        Route("/c/3ds/{id}", authenticate, methods=["GET", "POST"]),
        Route("/_sim/{act}", desk, methods=["POST"]),
    ]


def _desk(store: Store, act: str, form: FormData) -> Response:
    given = {name: str(value) for name, value in form.items()}
    account = store.account(given["key"])
    if act == "webhooks":
        account.webhook_url, account.webhook_secret = given["url"], given["secret"]
        return JSONResponse({})
    success = given.get("outcome") == "succeed"
    if act == "sessions":
        sessions.settle(account, account.find("session", given["id"]), success=success)
    elif act == "refunds":
        refunds.settle(account, account.find("refund", given["id"]), success=success)
    elif act == "periods":
        return JSONResponse(subscriptions.pass_period(account, account.find("subscription", given["id"])))
    elif act == "invoices":
        invoice = account.find("invoice", given["id"])
        return JSONResponse(subscriptions.try_again(account, invoice, given["outcome"]))
    elif act == "disputes":
        return JSONResponse(refunds.dispute(account, account.find("intent", given["id"]), given["status"]))
    else:
        raise problems.Problem(404, f"There is no desk called {act}.")
    return JSONResponse({})


def _checkout(session: Thing, notice: str = "", *, keeps: bool = False) -> Response:
    if session["status"] != "open":
        body = "<p>Nothing can be paid here any more.</p>"
    else:
        body = "" if session["mode"] == "setup" else _sum(session, "amount_total")
        body += f'<p role="alert">{html.escape(notice)}</p>' if notice else ""
        words = {"pay": "Pay", "decline": "Pay with a bad card", "cancel": "Go back"}
        if session["mode"] == "payment":
            words["pay_later"] = "Pay by a slow means"
        if keeps:
            words |= {
                "pay_poor_later": "Pay; short of funds later",
                "pay_lost_later": "Pay; the card is lost later",
                "pay_strict_later": "Pay; the bank wants to see you later",
            }
        body += _buttons(words)
    return HTMLResponse(_PAGE.format(title="Checkout (a simulator, no real money)", body=body))


def _keeps(account: Account, session: Thing) -> bool:
    wanted = account.wanted[session["id"]].get("payment_intent_data", {})
    return session["mode"] != "payment" or bool(wanted.get("setup_future_usage"))


def _sum(thing: Thing, name: str) -> str:
    """Write the amount as Stripe counts it: this page knows no decimals."""
    return f'<p class="sum">{thing[name]} <small>{html.escape(str(thing["currency"]).upper())}, minor units</small></p>'


def _buttons(words: dict[str, str]) -> str:
    first = next(iter(words))
    inner = "".join(
        f'<button name="outcome" value="{value}"{" class=first" if value == first else ""}>{word}</button>'
        for value, word in words.items()
    )
    return f'<form method="post">{inner}</form>'
