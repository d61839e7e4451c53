"""Answer the merchant's API for payment links."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from . import faults, moves, pages, sandpay
from .commands import CreateLink, check_payment
from .errors import ApiError
from .faults import ActiveFault


async def create_link(request: Request) -> Response:
    """POST /v1/links."""
    psp = sandpay.of(request)

    def pick_fault(_account: str, command: CreateLink) -> ActiveFault | None:
        return faults.take(psp.store, "link", command.reference, faults.GROUPS["link"])

    def work(move: moves.Move, command: CreateLink) -> tuple[int, dict[str, object], str]:
        link = psp.links.create(move.account, command, key=move.key, base_url=psp.base_url(request))
        return 201, psp.links.show(link), link["payment"]

    return await moves.run(request, CreateLink, work, pick_fault, check_payment)


async def get_link(request: Request) -> Response:
    """GET /v1/links/{id}."""
    psp = sandpay.of(request)
    link = psp.links.get(request.path_params["id"], account=psp.authenticate(request))
    return JSONResponse(psp.links.show(link))


async def expire_link(request: Request) -> Response:
    """POST /v1/links/{id}/expire. Safe to repeat, so it needs no key."""
    psp = sandpay.of(request)
    account = psp.authenticate(request)
    with psp.store.transaction():
        link = psp.links.get(request.path_params["id"], account=account)
        psp.links.expire(link)
        return JSONResponse(psp.links.show(link))


async def open_link(request: Request) -> Response:
    """GET /l/{id}: lead the customer to the page of the link's payment."""
    psp = sandpay.of(request)
    try:
        link = psp.links.get(request.path_params["id"])
    except ApiError:
        return pages.unknown()
    return RedirectResponse(f"/pay/{link['payment']}", 303, pages.SECURITY_HEADERS)


ROUTES = [
    Route("/v1/links", create_link, methods=["POST"]),
    Route("/v1/links/{id}", get_link, methods=["GET"]),
    Route("/v1/links/{id}/expire", expire_link, methods=["POST"]),
    Route("/l/{id}", open_link, methods=["GET"]),
]
