"""Run one call that moves something: replay or do it once, store the answer, then send (or spoil) it."""

import dataclasses
from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from . import answers, errors, magic, sandpay
from .commands import AnyBody, read
from .errors import ApiError
from .faults import ActiveFault
from .idempotency import Stored, fingerprint, read_key

NOT_STORED = frozenset({400, 401, 404, 413})


@dataclasses.dataclass(frozen=True)
class Move:
    """What a call is about: who asks, under which key, and which fault takes effect."""

    account: str
    key: str
    fault: ActiveFault | None


Work = Callable[[Move, AnyBody], tuple[int, dict[str, object], str]]
"""Does the thing in the open transaction; returns status, body and the payment's id."""

FaultPicker = Callable[[str, AnyBody], ActiveFault | None]
"""Takes the account and the command, returns the fault that takes effect."""


async def run(
    request: Request,
    kind: type[AnyBody],
    work: Work[AnyBody],
    pick_fault: FaultPicker[AnyBody],
    check: Callable[[AnyBody], None] | None = None,
) -> Response:
    """Answer one moving call; the answer is stored in the transaction that moves, so no crash can part the two."""
    psp = sandpay.of(request)
    account = psp.authenticate(request)
    key = read_key(request)
    command = await read(request, kind)
    if check is not None:
        check(command)
    digest = fingerprint(request, command)
    stored = psp.idempotency.find(account, key, digest)
    if stored is not None:
        return _response(stored, replayed=True)
    with psp.store.transaction():
        fault = pick_fault(account, command)
        if fault is not None and fault.name == "error_before_charge":
            return errors.response(request, answers.breakdown())
        move = Move(account, key, fault)
        stored, payment_id = _work(request, work, move, command, digest)
    answer = psp.spoiler.spoil(request, _response(stored), fault)
    if fault is not None and fault.name in ("delay", "webhook_early"):
        transport = request.scope["sandpay.transport"]
        psp.idempotency.begin(account, key, transport)
        request.scope["sandpay.finally"].append(partial(psp.idempotency.end, account, key, transport))
    if payment_id is not None:
        await psp.deliverer.deliver_early(payment_id)
    return answer


def _work(
    request: Request, work: Work[AnyBody], move: Move, command: AnyBody, digest: str
) -> tuple[Stored, str | None]:
    psp = sandpay.of(request)
    payment_id: str | None = None
    try:
        status, body, payment_id = work(move, command)
    except ApiError as error:
        if error.status in NOT_STORED:
            raise
        status, body = error.status, errors.body(request, error)
    if move.fault is not None and move.fault.name == "unknown_status" and "status" in body:
        body = {**body, "status": magic.UNKNOWN_STATUS_WORD}
    return psp.idempotency.keep(move.account, move.key, digest, status, body), payment_id


def _response(stored: Stored, *, replayed: bool = False) -> Response:
    headers = {"Idempotent-Replayed": "true"} if replayed else None
    return Response(stored.body, stored.status, headers, media_type="application/json")
