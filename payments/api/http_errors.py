"""Errors of HTTP itself, which no service raises."""

from paymenthub.kernel.errors import HubError


class MethodNotAllowed(HubError):
    """The path is right and the HTTP method is not."""

    code, status = "method_not_allowed", 405


class NotAcceptable(HubError):
    """The answer is JSON, and the header Accept excludes it."""

    code, status = "not_acceptable", 406


class InternalError(HubError):
    """A fault of the hub. What the request asked for may have been done: ask for the status."""

    code, status = "internal_error", 500


class OutcomeNotKnown(HubError):
    """The hub's database failed in the middle of the work. Ask for the status before anything else is tried."""

    code, status = "outcome_not_known", 500
