"""Answer the merchant's API for subscriptions, kept tokens and the test clock."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import api, faults, moves, sandpay, tokens
from .commands import (
    AdvanceClock,
    AnyBody,
    CancelSubscription,
    CreateSubscription,
    Empty,
    UpdateSubscription,
    check_payment,
    read,
)
from .errors import invalid
from .faults import ActiveFault
from .moves import FaultPicker, Move
from .store import rfc3339


async def create_subscription(request: Request) -> Response:
    """POST /v1/subscriptions."""
    psp = sandpay.of(request)

    def pick_fault(_account: str, command: CreateSubscription) -> ActiveFault | None:
        queued = faults.take(psp.store, "subscription", command.reference, faults.GROUPS["subscription"])
        if queued is not None or command.token is None:
            return queued
        groups = faults.GROUPS["pay"]
        first = command.amount if command.first_amount is None else command.first_amount
        queued = faults.take(psp.store, "pay", command.reference, groups)
        return queued or faults.from_amount(psp.store, "pay", first, groups)

    def work(move: Move, command: CreateSubscription) -> tuple[int, dict[str, object], str]:
        base_url = psp.base_url(request)
        row, payment = psp.subscriptions.create(move.account, command, key=move.key, base_url=base_url)
        if command.token is not None:
            api.charge_token(psp, payment, command.token, move.fault)
        return 201, psp.subscriptions.show(psp.subscriptions.get(row["id"])), payment["id"]

    return await moves.run(request, CreateSubscription, work, pick_fault, check_payment)


async def update_subscription(request: Request) -> Response:
    """POST /v1/subscriptions/{id}."""
    psp = sandpay.of(request)

    def work(move: Move, command: UpdateSubscription) -> tuple[int, dict[str, object], str]:
        row = psp.subscriptions.get(request.path_params["id"], account=move.account)
        return 200, psp.subscriptions.show(psp.subscriptions.update(row, command)), row["id"]

    return await moves.run(request, UpdateSubscription, work, _queued(request, UpdateSubscription))


async def cancel_subscription(request: Request) -> Response:
    """POST /v1/subscriptions/{id}/cancel."""
    psp = sandpay.of(request)

    def work(move: Move, command: CancelSubscription) -> tuple[int, dict[str, object], str]:
        row = psp.subscriptions.get(request.path_params["id"], account=move.account)
        done = psp.subscriptions.cancel(row, at_period_end=command.at_period_end)
        return 200, psp.subscriptions.show(done), row["id"]

    return await moves.run(request, CancelSubscription, work, _queued(request, CancelSubscription))


def _queued(request: Request, _kind: type[AnyBody]) -> FaultPicker[AnyBody]:
    def pick_fault(account: str, _command: AnyBody) -> ActiveFault | None:
        psp = sandpay.of(request)
        row = psp.subscriptions.get(request.path_params["id"], account=account)
        return faults.take(psp.store, "subscription", row["reference"], faults.GROUPS["subscription"])

    return pick_fault


async def get_subscription(request: Request) -> Response:
    """GET /v1/subscriptions/{id}."""
    psp = sandpay.of(request)
    row = psp.subscriptions.get(request.path_params["id"], account=psp.authenticate(request))
    return JSONResponse(psp.subscriptions.show(row))


async def get_token(request: Request) -> Response:
    """GET /v1/tokens/{id}."""
    psp = sandpay.of(request)
    return JSONResponse(tokens.show(psp.tokens.get(request.path_params["id"], account=psp.authenticate(request))))


async def revoke_token(request: Request) -> Response:
    """POST /v1/tokens/{id}/revoke."""
    psp = sandpay.of(request)

    def no_fault(_account: str, _command: Empty) -> ActiveFault | None:
        return None

    def work(move: Move, _command: Empty) -> tuple[int, dict[str, object], str]:
        token = psp.tokens.get(request.path_params["id"], account=move.account)
        return 200, tokens.show(psp.tokens.revoke(token)), token["payment"]

    return await moves.run(request, Empty, work, no_fault)


async def move_test_clock(request: Request) -> Response:
    """POST /test-clock: what is due by then has been charged when this is answered."""
    psp = sandpay.of(request)
    account = psp.authenticate(request)
    command = await read(request, AdvanceClock)
    if (command.advance_seconds is None) == (command.advance_to is None):
        raise invalid("Send advance_seconds or advance_to.")
    with psp.store.transaction():
        seconds = command.advance_seconds or 0.0
        if command.advance_to is not None:
            seconds = command.advance_to.timestamp() - psp.clocks.now(account)
        psp.clocks.advance(account, seconds=seconds)
        charged = psp.subscriptions.charge_due()
    return JSONResponse({"now": rfc3339(psp.clocks.now(account)), "charged": charged})


async def get_test_clock(request: Request) -> Response:
    """GET /test-clock."""
    psp = sandpay.of(request)
    return JSONResponse({"now": rfc3339(psp.clocks.now(psp.authenticate(request)))})


ROUTES = [
    Route("/v1/subscriptions", create_subscription, methods=["POST"]),
    Route("/v1/subscriptions/{id}", get_subscription, methods=["GET"]),
    Route("/v1/subscriptions/{id}", update_subscription, methods=["POST"]),
    Route("/v1/subscriptions/{id}/cancel", cancel_subscription, methods=["POST"]),
    Route("/v1/tokens/{id}", get_token, methods=["GET"]),
    Route("/v1/tokens/{id}/revoke", revoke_token, methods=["POST"]),
    Route("/test-clock", move_test_clock, methods=["POST"]),
    Route("/test-clock", get_test_clock, methods=["GET"]),
]
