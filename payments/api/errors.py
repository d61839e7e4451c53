"""Django's own errors: a page for people on the paths that people see, the API's JSON everywhere else."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from paymenthub.kernel import errors

from .exceptions import translate
from .http_errors import InternalError
from .views import request_id

_FOR_PEOPLE = frozenset({"", "admin"})
_PAGES: dict[int, tuple[str, str]] = {
    400: ("This request could not be read", "Please go back and try again."),
    403: ("You may not see this", "Sign in with an account that may, or go back."),
    404: ("There is nothing here", "The address may be mistyped, or the page is no longer there."),
    413: ("This is too large", "Please send less at once."),
    500: ("Something went wrong", "The fault is ours. Please try again in a moment."),
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django could not read."""
    return _answer(request, translate(exception) or errors.MalformedRequest("The request could not be read."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that is not allowed."""
    return _answer(request, errors.Forbidden("This is not allowed."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a path that leads nowhere."""
    return _answer(request, errors.NotFound("There is nothing at this path."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after an unexpected exception, which Django has logged."""
    return _answer(
        request, InternalError("Something went wrong here. Please name the requestId to whoever runs this hub.")
    )


def _answer(request: HttpRequest, error: errors.HubError) -> HttpResponse:
    first_segment = request.path.lstrip("/").split("/", 1)[0]
    if (
        first_segment in _FOR_PEOPLE
        and request.accepts("text/html")
        and "text/html" in request.headers.get("Accept", "")
    ):
        return _page(request, error)
    return JsonResponse(errors.as_body(error, request_id(request) or None), status=error.status)


def _page(request: HttpRequest, error: errors.HubError) -> HttpResponse:
    title, advice = _PAGES.get(error.status, _PAGES[500])
    context = {"status": error.status, "title": title, "advice": advice, "request_id": request_id(request)}
    return HttpResponse(render_to_string("errors/page.html", context), status=error.status)
