"""Every error of the API in one shape: `{statusCode, error, message, code, param, requestId, retryable}`."""

import logging
import math
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions as drf
from rest_framework.response import Response

from paymenthub.kernel import errors

from .authentication import CHALLENGE
from .http_errors import InternalError, MethodNotAllowed, NotAcceptable, OutcomeNotKnown
from .views import request_id

logger = logging.getLogger(__name__)

_RETRY_SOON = 1
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def handle(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Answer whatever a view raised."""
    request = context["request"]
    error = translate(exc) or _of_the_database(exc, context) or _unexpected(exc)
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    wait = retry_after(error)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    allowed = getattr(context.get("view"), "allowed_methods", None)
    if error.status == 405 and allowed:
        headers["Allow"] = ", ".join(allowed)
    return Response(errors.as_body(error, request_id(request) or None), status=error.status, headers=headers)


def translate(exc: Exception) -> errors.HubError | None:
    """Put a framework's exception into our words; None for one that nobody expected."""
    match exc:
        case errors.HubError():
            return exc
        case drf.Throttled():
            wait = max(1, math.ceil(getattr(exc, "wait", None) or 1))
            return errors.RateLimited("Too many requests.", retry_after=wait)
        case drf.MethodNotAllowed():
            return MethodNotAllowed("This path does not take that HTTP method.")
        case drf.NotAcceptable():
            return NotAcceptable("Answers are application/json; the header Accept excludes it.")
        case drf.UnsupportedMediaType():
            return errors.UnsupportedMediaType("The Content-Type must be application/json.")
        case drf.ParseError() | UnreadablePostError():
            return errors.MalformedRequest("The body could not be read.")
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return errors.Unauthenticated("The API key is missing or not valid.")
        case drf.PermissionDenied() | PermissionDenied():
            return errors.Forbidden("This is not allowed.")
        case drf.NotFound() | Http404():
            return errors.NotFound("There is nothing at this path.")
        case RequestDataTooBig():
            return errors.PayloadTooLarge("The body is too large.")
        case SuspiciousOperation():
            return errors.MalformedRequest("The request could not be read.")
    return None


def retry_after(error: errors.HubError) -> int | None:
    """Return in how many seconds the caller should come back, where that is known."""
    if isinstance(error, errors.RateLimited):
        return error.retry_after
    return _RETRY_SOON if error.retryable else None


def _of_the_database(exc: Exception, context: Mapping[str, Any]) -> errors.HubError | None:
    """Tell lock timeouts and a database out of reach from bugs: «retryable» only where surely nothing was done."""
    if not isinstance(exc, OperationalError | InterfaceError):
        return None
    logger.error("the database failed", exc_info=exc)
    if context["request"].method in _READING or not getattr(context.get("view"), "work_began", True):
        return errors.Busy("The hub is busy. Nothing was done; try again shortly.")
    return OutcomeNotKnown(
        "The hub's database failed while it worked on this. Send the same request again, with the same "
        "shopTransactionId: it is never paid twice."
    )


def _unexpected(exc: Exception) -> errors.HubError:
    logger.error("an unexpected error", exc_info=exc)
    return InternalError("Something went wrong here. Please name the requestId to whoever runs this hub.")
