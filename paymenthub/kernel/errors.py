"""The errors a caller of the API can act on: a stable code, an HTTP status, structured fields."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar


class HubError(Exception):
    """Root of all errors that may be shown to a caller. Messages must hold no secret and no card data."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    retryable: bool = False  # the same request may be sent again as it is: surely nothing was done

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        details: Mapping[str, Any] | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.details: dict[str, Any] = dict(details or {})
        if retryable is not None:
            self.retryable = retryable


class MalformedRequest(HubError):
    """The request cannot be read at all."""

    code, status = "malformed_request", 400


class InvalidField(HubError):
    """One field is missing or wrong; `param` names it."""

    code, status = "invalid_field", 400


class Unauthenticated(HubError):
    """No valid key or session came with the request."""

    code, status = "unauthenticated", 401


class Forbidden(HubError):
    """The key or person is known but may not do this."""

    code, status = "forbidden", 403


class NotFound(HubError):
    """There is no such thing inside the key's project and mode."""

    code, status = "not_found", 404


class PreconditionFailed(HubError):
    """A stated precondition does not hold."""

    code, status = "precondition_failed", 412


class PayloadTooLarge(HubError):
    """The body is over the limit."""

    code, status = "payload_too_large", 413


class UnsupportedMediaType(HubError):
    """The content type is not one that is read here."""

    code, status = "unsupported_media_type", 415


class Conflict(HubError):
    """The request clashes with what is already there."""

    code, status = "conflict", 409


class WrongState(Conflict):
    """The object's state does not allow this."""

    code = "wrong_state"


class OperationInProgress(Conflict):
    """Another operation on the same payment is still open or in doubt."""

    code = "operation_in_progress"


class IdempotencyInFlight(Conflict):
    """The first request with this idempotency key is still being worked on; ask again with the same key."""

    code, retryable = "idempotency_in_flight", True


class DuplicateTransaction(Conflict):
    """The shop transaction id is taken by a payment with other content."""

    code = "duplicate_transaction"


class Unprocessable(HubError):
    """Well-formed, but the amount or currency is impossible."""

    code, status = "unprocessable", 422


class IdempotencyKeyReused(Unprocessable):
    """The idempotency key was used before with another body."""

    code = "idempotency_key_reused"


class RateLimited(HubError):
    """Too many requests; `retry_after` says in how many seconds to come back."""

    code, status, retryable = "rate_limited", 429, True

    def __init__(
        self,
        message: str,
        *,
        retry_after: int,
        param: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, param=param, details=details)
        self.retry_after = retry_after


class UnsupportedOperation(HubError):
    """The provider or this installation does not offer the operation."""

    code, status = "unsupported_operation", 501


class ProviderError(HubError):
    """The provider answered with something that cannot be used, or refused our request."""

    code, status = "provider_error", 502


class ProviderUnavailable(HubError):
    """The provider could not be reached and surely nothing was sent."""

    code, status, retryable = "provider_unavailable", 503, True


class Busy(HubError):
    """This service has no room at the moment and surely did nothing."""

    code, status, retryable = "busy", 503, True


def all_errors() -> list[type[HubError]]:
    """List every error class below the root, also those of other modules, by status and code."""

    def below(parent: type[HubError]) -> list[type[HubError]]:
        return [found for child in parent.__subclasses__() for found in (child, *below(child))]

    return sorted(set(below(HubError)), key=lambda kind: (kind.status, kind.code, kind.__qualname__))


def as_body(error: HubError, request_id: str | None) -> dict[str, Any]:
    """Return the JSON body of an error answer."""
    body: dict[str, Any] = {
        "statusCode": error.status,
        "error": HTTPStatus(error.status).phrase,
        "message": error.message,
        "code": error.code,
        "param": error.param,
        "requestId": request_id,
        "retryable": error.retryable,
    }
    if error.details:
        body["details"] = error.details
    return body
