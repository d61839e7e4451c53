"""Django's own errors: in the checkout's look where customers are, as the API or the backoffice says them elsewhere."""

from django.http import HttpRequest, HttpResponse

import payments.api.errors as api_errors
from paymenthub.kernel import errors
from payments.checkout.errors import error_page, is_for_customers


def _for_customer(request: HttpRequest) -> bool:
    return is_for_customers(request) and "text/html" in request.headers.get("Accept", "")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django could not read."""
    if _for_customer(request):
        return error_page(request, errors.MalformedRequest("The request could not be read."))
    return api_errors.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that is not allowed."""
    if _for_customer(request):
        return error_page(request, errors.Forbidden("This is not allowed."))
    return api_errors.forbidden(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a path that leads nowhere."""
    if _for_customer(request):
        return error_page(request, errors.NotFound("There is nothing here."))
    return api_errors.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after an unexpected exception, which Django has logged."""
    if _for_customer(request):
        return error_page(request, errors.HubError("Something went wrong here."))
    return api_errors.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or too old; what was wrong with it Django has logged."""
    return forbidden(request, PermissionError(reason))
