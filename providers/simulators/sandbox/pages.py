"""Serve the hosted payment page: plain forms, no JavaScript, one charge however often Pay is pressed."""

import pathlib
import sqlite3
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import iso4217
import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from . import choices, faults, magic, sandpay
from .commands import AddFault, read_bytes
from .errors import ApiError
from .faults import ActiveFault
from .magic import Outcome

HERE = pathlib.Path(__file__).parent
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
OVER = {"expired": 410, "cancelled": 410}
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def unknown() -> Response:
    """Say that there is no such page."""
    return _render("unknown.html", 404)


def _render(name: str, status: int = 200, **values: object) -> Response:
    return HTMLResponse(_templates.get_template(name).render(**values), status, SECURITY_HEADERS)


def money(amount: int, currency: str) -> str:
    """Write an amount for people: `1,234.50 EUR`, `1,234 JPY`."""
    exponent = iso4217.Currency(currency).exponent or 0
    whole, rest = divmod(amount, 10**exponent)
    return f"{whole:,}.{rest:0{exponent}d}" if exponent else f"{whole:,}"


async def index(request: Request) -> Response:
    """GET /."""
    psp = sandpay.of(request)
    return _render("index.html", faults=magic.FAULTS, settings=psp.settings)


async def healthz(_request: Request) -> Response:
    """GET /healthz."""
    return JSONResponse({"status": "ok"})


async def show(request: Request) -> Response:
    """GET /pay/{id}."""
    psp = sandpay.of(request)
    with psp.store.transaction():
        psp.payments.expire_due()
    payment = _find(request)
    if payment is None:
        return unknown()
    if payment["status"] == "awaiting_customer":
        return _step(request, payment, problem=_declined(payment))
    return _over(payment)


async def submit(request: Request) -> Response:
    """POST /pay/{id}: Pay or Cancel."""
    form = await _form(request)
    payment, answer = _open_payment(request)
    if payment is None:
        return answer
    if form.get("action") == "cancel":
        # Who got a link by mail may come back to it: leaving its page ends nothing.
        return _return(payment) if _by_link(request, payment) else _cancel(request, payment)
    psp = sandpay.of(request)
    keeps = psp.tokens.of_payment(payment["id"]) is not None
    chosen = choices.find(payment["method"], form.get("choice", ""), keeps=keeps)
    if chosen is None or form.get("action") != "pay" or payment["step"]:
        return _step(request, payment, 400, problem="Choose how to pay first.")
    if chosen[1].later:
        with psp.store.transaction():
            psp.tokens.remember(payment["id"], chosen[1].later)
    return await _charge(request, payment, chosen[1].outcome, method=chosen[0])


async def confirm(request: Request) -> Response:
    """POST /pay/{id}/confirm: the bank's own question."""
    form = await _form(request)
    payment, answer = _open_payment(request)
    if payment is None:
        return answer
    if payment["step"] != "three_d_secure" or form.get("action") not in ("confirm", "fail"):
        return _step(request, payment, 400, problem="There is nothing to confirm yet.")
    failed = form["action"] == "fail"
    return await _charge(
        request, payment, Outcome("decline", "authentication_failed") if failed else magic.APPROVE, confirmed=True
    )


async def _charge(
    request: Request, payment: sqlite3.Row, outcome: Outcome, *, confirmed: bool = False, method: str = ""
) -> Response:
    psp = sandpay.of(request)
    with psp.store.transaction():
        fault = _pick_fault(psp, payment, confirmed=confirmed) if outcome.kind == "approve" else None
        if fault is not None and fault.name == "error_before_charge":
            return _render("broken.html", 500)
        if fault is not None and fault.outcome is not None:
            outcome = fault.outcome
        if fault is not None and fault.name == "unknown_status":
            faults.add(psp.store, AddFault("fetch", fault.name, reference=payment["reference"]))
        if outcome.kind == "decline" and _by_link(request, payment):
            done = psp.payments.decline_try(payment, outcome.code)
        else:
            done = psp.payments.settle(psp.payments.choose(payment, method), outcome, fault)
    await psp.deliverer.deliver_early(payment["id"])
    if done["step"] or done["status"] == "awaiting_customer":
        return RedirectResponse(f"/pay/{payment['id']}", 303, SECURITY_HEADERS)
    if fault is not None and fault.name == "error_after_charge":
        return _render("broken.html", 500)
    return psp.spoiler.spoil(request, _return(done), fault)


def _pick_fault(psp: sandpay.Sandpay, payment: sqlite3.Row, *, confirmed: bool) -> ActiveFault | None:
    groups = faults.GROUPS["pay"]
    queued = faults.take(psp.store, "pay", payment["reference"], groups)
    if queued is not None:
        return queued
    asked = magic.for_amount(payment["amount"])
    if confirmed and asked is not None and asked.name == "three_d_secure":
        return None
    return faults.from_amount(psp.store, "pay", payment["amount"], groups)


def _cancel(request: Request, payment: sqlite3.Row) -> Response:
    psp = sandpay.of(request)
    with psp.store.transaction():
        done = psp.payments.cancel(payment)
    return _return(done)


def _by_link(request: Request, payment: sqlite3.Row) -> bool:
    return sandpay.of(request).payments.link_of(payment["id"]) is not None


def _open_payment(request: Request) -> tuple[sqlite3.Row | None, Response]:
    psp = sandpay.of(request)
    with psp.store.transaction():
        psp.payments.expire_due()
    payment = _find(request)
    if payment is None:
        return None, unknown()
    if payment["status"] in OVER:
        return None, _over(payment)
    if payment["status"] != "awaiting_customer":
        return None, _return(payment)
    return payment, Response()


def _find(request: Request) -> sqlite3.Row | None:
    try:
        return sandpay.of(request).payments.get(request.path_params["id"])
    except ApiError:
        return None


def _step(request: Request, payment: sqlite3.Row, status: int = 200, *, problem: str = "") -> Response:
    name = "confirm.html" if payment["step"] else "pay.html"
    keeps = sandpay.of(request).tokens.of_payment(payment["id"]) is not None
    offered = choices.offered(payment["method"], keeps=keeps)
    return _render(name, status, problem=problem, offered=offered, keeps=keeps, **_facts(payment))


def _declined(payment: sqlite3.Row) -> str:
    code = payment["decline_code"]
    return f"Declined: {code.replace('_', ' ')}. Nothing was taken; choose another way to pay." if code else ""


def _over(payment: sqlite3.Row) -> Response:
    return _render("over.html", OVER.get(payment["status"], 200), back=_return_url(payment), **_facts(payment))


def _facts(payment: sqlite3.Row) -> dict[str, object]:
    return {"payment": payment, "money": money(payment["amount"], payment["currency"]), "magic": _hint(payment)}


def _hint(payment: sqlite3.Row) -> str:
    fault = magic.for_amount(payment["amount"])
    return f"It ends in {fault.ending}. {fault.effect}" if fault else ""


def _return(payment: sqlite3.Row) -> Response:
    return RedirectResponse(_return_url(payment), 303, SECURITY_HEADERS)


def _return_url(payment: sqlite3.Row) -> str:
    """Return where the customer goes, with the payment's id added to whatever query there is."""
    gone = payment["status"] == "cancelled" and payment["cancel_url"]
    parts = urlsplit(str(gone or payment["return_url"]))
    query = parse_qsl(parts.query, keep_blank_values=True)
    added = urlencode({"sandpay_payment": payment["id"]})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if query else added))


async def _form(request: Request) -> dict[str, str]:
    raw = await read_bytes(request)
    fields = parse_qs(raw.decode("utf-8", "replace"))
    return {name: values[-1] for name, values in fields.items()}


ROUTES = [
    Route("/", index, methods=["GET"]),
    Route("/healthz", healthz, methods=["GET"]),
    Route("/pay/{id}", show, methods=["GET"]),
    Route("/pay/{id}", submit, methods=["POST"]),
    Route("/pay/{id}/confirm", confirm, methods=["POST"]),
    Mount("/static", StaticFiles(directory=HERE / "static")),
]
