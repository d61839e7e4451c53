"""Answer the merchant's API under /v1."""

import json
import sqlite3
from datetime import datetime
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import answers, errors, faults, ledger, magic, moves, sandpay
from .commands import Body, CreateCapture, CreatePayment, CreateRefund, Empty, check_payment
from .errors import invalid
from .faults import ActiveFault
from .magic import Outcome
from .payments import show_refund

Command = TypeVar("Command", bound=Body)
ANSWER_ONLY: frozenset[magic.Group] = frozenset({"answer"})
KEPT_TOKEN = "tok_kept_"  # noqa: S105 - how those begin that were left here by a payment
TOKENS_LATER = {
    "tok_visa_later_poor": "decline_insufficient_funds",
    "tok_visa_later_stolen": "decline_stolen_card",
    "tok_visa_later_3ds": "three_d_secure",
}
"""Tokens that are approved, and what charges of the token that is kept of them do."""
TOKEN_OUTCOMES = {"tok_declined": Outcome("decline", "do_not_honor"), "tok_3ds": Outcome("three_d_secure")}
MAX_LISTED = 100


async def create_payment(request: Request) -> Response:
    """POST /v1/payments."""
    psp = sandpay.of(request)

    def pick_fault(_account: str, command: CreatePayment) -> ActiveFault | None:
        if command.token is None:
            return faults.take(psp.store, "pay", command.reference, ANSWER_ONLY)
        groups = faults.GROUPS["pay"]
        queued = faults.take(psp.store, "pay", command.reference, groups)
        return queued or faults.from_amount(psp.store, "pay", command.amount, groups)

    def work(move: moves.Move, command: CreatePayment) -> tuple[int, dict[str, object], str]:
        base_url = psp.base_url(request)
        payment = psp.payments.create(move.account, command, key=move.key, base_url=base_url)
        if command.save:
            psp.tokens.reserve(payment)
        if command.token is not None:
            payment = charge_token(psp, payment, command.token, move.fault)
        return 201, psp.payments.show(payment), payment["id"]

    return await moves.run(request, CreatePayment, work, pick_fault, check_payment)


def charge_token(psp: sandpay.Sandpay, payment: sqlite3.Row, token: str, fault: ActiveFault | None) -> sqlite3.Row:
    """Charge a token at once: a test means, or one that was kept and whose customer is not there."""
    asked = fault.outcome if fault is not None else None
    if token.startswith(KEPT_TOKEN):
        outcome = psp.tokens.outcome(token, account=payment["account"], asked=asked)
    else:
        psp.tokens.remember(payment["id"], TOKENS_LATER.get(token, ""))
        outcome = asked or TOKEN_OUTCOMES.get(token, magic.APPROVE)
    return psp.payments.settle(payment, outcome, fault)


async def capture_payment(request: Request) -> Response:
    """POST /v1/payments/{id}/captures."""
    psp = sandpay.of(request)

    def work(move: moves.Move, command: CreateCapture) -> tuple[int, dict[str, object], str]:
        payment = psp.payments.get(request.path_params["id"], account=move.account)
        return 201, psp.payments.capture(payment, command, key=move.key, fault=move.fault), payment["id"]

    return await moves.run(request, CreateCapture, work, _queued(request, "capture", CreateCapture))


async def cancel_payment(request: Request) -> Response:
    """POST /v1/payments/{id}/cancel."""
    psp = sandpay.of(request)

    def work(move: moves.Move, _command: Empty) -> tuple[int, dict[str, object], str]:
        payment = psp.payments.get(request.path_params["id"], account=move.account)
        return 200, psp.payments.show(psp.payments.cancel(payment, move.fault)), payment["id"]

    return await moves.run(request, Empty, work, _queued(request, "cancel", Empty))


async def expire_payment(request: Request) -> Response:
    """POST /v1/payments/{id}/expire. Safe to repeat, so it needs no key."""
    psp = sandpay.of(request)
    account = psp.authenticate(request)
    with psp.store.transaction():
        payment = psp.payments.expire(psp.payments.get(request.path_params["id"], account=account))
        return JSONResponse(psp.payments.show(payment))


async def refund_payment(request: Request) -> Response:
    """POST /v1/payments/{id}/refunds."""
    psp = sandpay.of(request)

    def pick_fault(account: str, command: CreateRefund) -> ActiveFault | None:
        queued = _queued(request, "refund", CreateRefund)(account, command)
        return queued or faults.from_amount(psp.store, "refund", command.amount, frozenset({"refund"}))

    def work(move: moves.Move, command: CreateRefund) -> tuple[int, dict[str, object], str]:
        payment = psp.payments.get(request.path_params["id"], account=move.account)
        refund = psp.refunds.create(payment, command, key=move.key, fault=move.fault)
        return 201, show_refund(refund), payment["id"]

    return await moves.run(request, CreateRefund, work, pick_fault)


def _queued(request: Request, operation: str, _kind: type[Command]) -> moves.FaultPicker[Command]:
    def pick_fault(account: str, _command: Command) -> ActiveFault | None:
        psp = sandpay.of(request)
        payment = psp.payments.get(request.path_params["id"], account=account)
        return faults.take(psp.store, operation, payment["reference"], faults.GROUPS[operation])

    return pick_fault


async def get_payment(request: Request) -> Response:
    """GET /v1/payments/{id}."""
    psp = sandpay.of(request)
    payment = psp.payments.get(request.path_params["id"], account=psp.authenticate(request))
    return _fetched(request, payment["reference"], [psp.payments.show(payment)], single=True)


async def list_payments(request: Request) -> Response:
    """GET /v1/payments?reference= or ?idempotency_key=."""
    psp = sandpay.of(request)
    account = psp.authenticate(request)
    column, value = _filter(request, "reference", "idempotency_key")
    sql = f"SELECT * FROM payments WHERE account = ? AND {column} = ? ORDER BY seq DESC LIMIT {MAX_LISTED}"  # noqa: S608
    rows = psp.store.all(sql, account, value)
    reference = rows[0]["reference"] if rows else value
    return _fetched(request, reference, [psp.payments.show(row) for row in rows])


async def get_refund(request: Request) -> Response:
    """GET /v1/refunds/{id}."""
    psp = sandpay.of(request)
    refund = psp.refunds.get(request.path_params["id"], account=psp.authenticate(request))
    payment = psp.payments.get(refund["payment"])
    return _fetched(request, payment["reference"], [show_refund(refund)], single=True)


async def list_refunds(request: Request) -> Response:
    """GET /v1/refunds?reference= or ?idempotency_key= or ?payment=."""
    psp = sandpay.of(request)
    account = psp.authenticate(request)
    column, value = _filter(request, "reference", "idempotency_key", "payment")
    sql = f"SELECT * FROM refunds WHERE account = ? AND {column} = ? ORDER BY seq DESC LIMIT {MAX_LISTED}"  # noqa: S608
    rows = psp.store.all(sql, account, value)
    reference = psp.payments.get(rows[0]["payment"])["reference"] if rows else value
    return _fetched(request, reference, [show_refund(row) for row in rows])


async def list_events(request: Request) -> Response:
    """GET /v1/events?created_from=&after=, oldest first; `after` is the id of the last event of the page before."""
    psp = sandpay.of(request)
    account = psp.authenticate(request)
    since, after = _since(request)
    start = 0
    if after:
        row = psp.store.one("SELECT seq FROM events WHERE id = ? AND account = ?", after, account)
        if row is None:
            raise invalid("after names no event of this account.")
        start = row["seq"]
    sql = "SELECT body FROM events WHERE account = ? AND created >= ? AND seq > ? ORDER BY seq LIMIT ?"
    rows = psp.store.all(sql, account, since, start, MAX_LISTED + 1)
    found = [json.loads(row["body"]) for row in rows[:MAX_LISTED]]
    return JSONResponse({"data": found, "has_more": len(rows) > MAX_LISTED})


async def get_ledger(request: Request) -> Response:
    """GET /ledger, of the key's own account."""
    psp = sandpay.of(request)
    account = psp.authenticate(request)
    query = request.query_params
    return JSONResponse(
        ledger.read(psp.store, account=account, reference=query.get("reference"), payment=query.get("payment"))
    )


def _since(request: Request) -> tuple[float, str]:
    given = dict(request.query_params)
    if not given.keys() <= {"created_from", "after"}:
        raise invalid("Name nothing but created_from and after.")
    try:
        moment = datetime.fromisoformat(given.get("created_from", "1970-01-01T00:00:00+00:00"))
    except ValueError:
        raise invalid("created_from must be a time such as 2027-12-31T08:00:00+00:00.") from None
    if moment.tzinfo is None:
        raise invalid("created_from must name its offset from UTC.")
    return moment.timestamp(), given.get("after", "")


def _filter(request: Request, *columns: str) -> tuple[str, str]:
    given = [(name, value) for name, value in request.query_params.multi_items() if name in columns]
    if len(given) != 1 or len(request.query_params) != 1:
        raise invalid(f"Name exactly one of: {', '.join(columns)}.")
    return given[0]


def _fetched(request: Request, reference: str, found: list[dict[str, object]], *, single: bool = False) -> Response:
    psp = sandpay.of(request)
    with psp.store.transaction():
        fault = faults.take(psp.store, "fetch", reference, faults.GROUPS["fetch"])
    if fault is not None and fault.name == "error_before_charge":
        return errors.response(request, answers.breakdown())
    if fault is not None and fault.name == "unknown_status":
        found = [{**thing, "status": magic.UNKNOWN_STATUS_WORD} for thing in found]
    answer = JSONResponse(found[0] if single else {"data": found})
    return psp.spoiler.spoil(request, answer, fault)


ROUTES = [
    Route("/v1/payments", create_payment, methods=["POST"]),
    Route("/v1/payments", list_payments, methods=["GET"]),
    Route("/v1/payments/{id}", get_payment, methods=["GET"]),
    Route("/v1/payments/{id}/captures", capture_payment, methods=["POST"]),
    Route("/v1/payments/{id}/cancel", cancel_payment, methods=["POST"]),
    Route("/v1/payments/{id}/expire", expire_payment, methods=["POST"]),
    Route("/v1/payments/{id}/refunds", refund_payment, methods=["POST"]),
    Route("/v1/refunds/{id}", get_refund, methods=["GET"]),
    Route("/v1/refunds", list_refunds, methods=["GET"]),
    Route("/v1/events", list_events, methods=["GET"]),
    Route("/ledger", get_ledger, methods=["GET"]),
]
