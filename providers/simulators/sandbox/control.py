"""Answer the control API: faults, the customer's and the bank's part, the clock, the listener. Loopback only."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import faults, ledger, pages, sandpay, webhooks
from .commands import Act, AddFault, Advance, CreateRefund, Port, PutAccount, Resend, read
from .config import FirstAccount, is_web_url
from .errors import ApiError, invalid, invalid_state, not_found
from .payments import show_refund
from .store import rfc3339

Endpoint = Callable[[Request], Awaitable[Response]]
DONE = {"done": True}
FINISHED = ("paid", "authorized")


def _guarded(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        if request.headers.get("sandpay-control") != "1":
            raise ApiError(403, "authentication_error", "control_header_missing", "Send the header Sandpay-Control: 1.")
        return await endpoint(request)

    return guarded


async def put_account(request: Request) -> Response:
    """POST /control/accounts."""
    psp = sandpay.of(request)
    command = await read(request, PutAccount)
    if command.webhook_url is not None and not is_web_url(command.webhook_url):
        raise invalid("webhook_url must be an absolute http or https address.", "invalid_url")
    account = FirstAccount(command.id, command.api_key, command.webhook_secret, command.webhook_url)
    with psp.store.transaction():
        psp.put_account(account, webhook_secret_2=command.webhook_secret_2)
    return JSONResponse({"id": command.id, "webhook_url": command.webhook_url}, 201)


async def add_fault(request: Request) -> Response:
    """POST /control/faults."""
    psp = sandpay.of(request)
    command = await read(request, AddFault)
    with psp.store.transaction():
        return JSONResponse({"id": faults.add(psp.store, command)}, 201)


async def list_faults(request: Request) -> Response:
    """GET /control/faults."""
    return JSONResponse(faults.listing(sandpay.of(request).store))


async def clear_faults(request: Request) -> Response:
    """DELETE /control/faults; the counters stay."""
    psp = sandpay.of(request)
    with psp.store.transaction():
        psp.store.run("DELETE FROM faults")
    return JSONResponse(DONE)


async def move_port(request: Request) -> Response:
    """POST /control/port."""
    command = await read(request, Port)
    listener = request.app.state.listener
    try:
        await (listener.open() if command.open else listener.close())
    except OSError as error:
        raise invalid_state("port_taken", f"The port cannot be opened: {error.strerror}.") from error
    return JSONResponse({"open": command.open})


async def act(request: Request) -> Response:
    """POST /control/payments/{id}/{act}, as if the customer, the bank or the dashboard did it."""
    psp = sandpay.of(request)
    command = await read(request, Act)
    name = request.path_params["act"]
    with psp.store.transaction():
        payment = psp.payments.get(request.path_params["id"])
        if name in ("pay", "authorize", "decline"):
            if payment["status"] in FINISHED or (name != "decline" and ledger.has_charge(psp.store, payment["id"])):
                raise invalid_state("wrong_status", f"The payment is {payment['status']} and was charged before.")
            if name == "decline":
                done = psp.payments.decline(payment, command.code or "do_not_honor")
            elif name == "pay":
                done = psp.payments.approve(payment, amount=command.amount)
            else:
                done = psp.payments.authorize(payment, amount=command.amount)
        elif name == "expire":
            done = psp.payments.expire(payment)
        elif name == "chargeback":
            done = psp.payments.charge_back(payment, command.amount)
        elif name == "chargeback_won":
            done = psp.payments.win_chargeback(payment, command.amount)
        elif name == "refund":
            amount = command.amount or payment["amount_captured"] - payment["amount_refunded"]
            if amount <= 0:
                raise invalid_state("amount_too_large", "All of it is refunded; name an amount to refund more.")
            asked = CreateRefund(amount, reason="dashboard")
            return JSONResponse(show_refund(psp.refunds.create(payment, asked, key=None, bounded=False)))
        else:
            raise not_found("action")
        return JSONResponse(psp.payments.show(done))


async def list_webhooks(request: Request) -> Response:
    """GET /control/webhooks, with ?payment= or ?event= where wanted."""
    psp = sandpay.of(request)
    query = request.query_params
    found = webhooks.log(psp.store, payment=query.get("payment"), event=query.get("event"))
    return JSONResponse({"paused": psp.deliverer.paused, "data": found})


async def pause_webhooks(request: Request) -> Response:
    """POST /control/webhooks/pause."""
    return _pause(request, "1")


async def resume_webhooks(request: Request) -> Response:
    """POST /control/webhooks/resume."""
    return _pause(request, "0")


def _pause(request: Request, value: str) -> Response:
    psp = sandpay.of(request)
    with psp.store.transaction():
        psp.store.set_meta("webhooks_paused", value)
    return JSONResponse({"paused": value == "1"})


async def resend_webhooks(request: Request) -> Response:
    """POST /control/webhooks/resend."""
    psp = sandpay.of(request)
    command = await read(request, Resend)
    with psp.store.transaction():
        queued = webhooks.resend(psp.store, payment=command.payment, event=command.event)
    if not queued:
        raise not_found("event")
    return JSONResponse({"queued": queued})


async def reset(request: Request) -> Response:
    """POST /control/reset: forget everything but the accounts."""
    psp = sandpay.of(request)
    with psp.store.transaction():
        psp.store.reset()
    await request.app.state.listener.open()
    return JSONResponse(DONE)


async def move_clock(request: Request) -> Response:
    """POST /control/clock: what is due by then has happened when this is answered."""
    psp = sandpay.of(request)
    command = await read(request, Advance)
    with psp.store.transaction():
        psp.store.advance(command.advance_seconds)
    psp.jobs.run_due()
    return JSONResponse({"now": rfc3339(psp.store.now())})


async def get_ledger(request: Request) -> Response:
    """GET /ledger, of all accounts."""
    query = request.query_params
    store = sandpay.of(request).store
    found = ledger.read(store, account=None, reference=query.get("reference"), payment=query.get("payment"))
    return JSONResponse(found)


ROUTES = [
    Route("/healthz", pages.healthz, methods=["GET"]),
    Route("/ledger", get_ledger, methods=["GET"]),
    Route("/control/accounts", _guarded(put_account), methods=["POST"]),
    Route("/control/faults", _guarded(add_fault), methods=["POST"]),
    Route("/control/faults", _guarded(list_faults), methods=["GET"]),
    Route("/control/faults", _guarded(clear_faults), methods=["DELETE"]),
    Route("/control/port", _guarded(move_port), methods=["POST"]),
    Route("/control/payments/{id}/{act}", _guarded(act), methods=["POST"]),
    Route("/control/webhooks", _guarded(list_webhooks), methods=["GET"]),
    Route("/control/webhooks/pause", _guarded(pause_webhooks), methods=["POST"]),
    Route("/control/webhooks/resume", _guarded(resume_webhooks), methods=["POST"]),
    Route("/control/webhooks/resend", _guarded(resend_webhooks), methods=["POST"]),
    Route("/control/reset", _guarded(reset), methods=["POST"]),
    Route("/control/clock", _guarded(move_clock), methods=["POST"]),
]
