"""The error pages of the customer's side."""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse

from paymenthub.kernel.errors import HubError, RateLimited
from payments.models import Project

from .render import page

PAGES: Final = (400, 401, 403, 404, 409, 429, 500, 503)
"""The statuses that have a page of their own; another one gets that of its kind."""

_PATHS: Final = frozenset({"payment", "l", "return"})
_LIKE: Final = {410: 404, 405: 404, 408: 503, 501: 503, 502: 500, 504: 503}


class NotOpenHere(HubError):
    """This browser has not opened the payment, or too long ago."""

    code, status = "not_open_here", 401


def is_for_customers(request: HttpRequest) -> bool:
    """Tell whether a path is one of the customer's pages."""
    return request.path.lstrip("/").split("/", 1)[0] in _PATHS


def error_page(
    request: HttpRequest, error: HubError, *, project: Project | None = None, locale: str = "", again_url: str = ""
) -> HttpResponse:
    """Say what went wrong, as the customer needs to know it, with the reference that support can find it by."""
    number = error.status
    known = number if number in PAGES else _LIKE.get(number, 400 if number < HTTPStatus.INTERNAL_SERVER_ERROR else 500)
    context = {
        "status": number,
        "title": f"errors.title_{known}",
        "explanation": f"errors.text_{known}",
        "request_id": request.META.get("hub.request_id", ""),
        "again_url": again_url,
    }
    response = page(request, "checkout/error.html", context, project=project, locale=locale, status=number)
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    return response
