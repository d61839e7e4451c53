"""Answer trouble in Sandpay's one error shape."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class ApiError(Exception):
    """An answer that is an error: HTTP status, `type` (the family), `code` (the case) and a message for a developer."""

    def __init__(self, status: int, type_: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.type = type_
        self.code = code
        self.message = message


def invalid(message: str, code: str = "invalid_request") -> ApiError:
    """Make a 400."""
    return ApiError(400, "invalid_request", code, message)


def not_found(what: str) -> ApiError:
    """Make a 404."""
    return ApiError(404, "not_found", "not_found", f"There is no such {what}.")


def invalid_state(code: str, message: str) -> ApiError:
    """Make a 409 for an operation that the payment's status or amounts do not allow."""
    return ApiError(409, "invalid_state", code, message)


def request_id(request: Request) -> str:
    """Return the id that the answer's `Sandpay-Request-Id` header carries."""
    return str(request.scope["sandpay.request_id"])


def body(request: Request, error: ApiError) -> dict[str, object]:
    """Build the JSON body of an error answer."""
    fields = {"type": error.type, "code": error.code, "message": error.message, "request_id": request_id(request)}
    return {"error": fields}


def response(request: Request, error: ApiError) -> Response:
    """Build the error answer."""
    return JSONResponse(body(request, error), status_code=error.status)


async def handle_api_error(request: Request, error: Exception) -> Response:
    """Turn an `ApiError` into its answer (Starlette's exception handler)."""
    if not isinstance(error, ApiError):
        raise error
    return response(request, error)


async def handle_http_error(request: Request, error: Exception) -> Response:
    """Turn the router's own 404 and 405 into Sandpay's shape."""
    if not isinstance(error, HTTPException):
        raise error
    type_, code = ("not_found", "not_found") if error.status_code == 404 else ("invalid_request", "method_not_allowed")
    answer = response(request, ApiError(error.status_code, type_, code, str(error.detail)))
    answer.headers.update(error.headers or {})
    return answer


async def handle_crash(request: Request, _error: Exception) -> Response:
    """Answer 500 where Sandpay itself broke; the traceback goes to stderr."""
    return response(request, ApiError(500, "api_error", "internal_error", "Sandpay broke. See its log."))
