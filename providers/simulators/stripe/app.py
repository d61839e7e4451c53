"""The application."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from . import api, pages
from .problems import Problem
from .store import Store
from .webhooks import Deliverer


def make() -> Starlette:
    """Make a Stripe with nothing in it."""
    store = Store(Deliverer().notify)
    return Starlette(
        routes=[*api.routes(store), *pages.routes(store)], exception_handlers={Problem: _refused, 404: _lost}
    )


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette's types are wider than what it does
    return JSONResponse(error.body, error.status)


async def _lost(request: Request, _error: Exception) -> Response:
    return JSONResponse(Problem(404, f"Unrecognized request URL ({request.method}: {request.url.path}).").body, 404)
