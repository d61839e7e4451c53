"""Refusals, as Stripe words them."""

from typing import Any


class Problem(Exception):
    """A refusal. `kept` tells whether the endpoint had begun to work, so that its key remembers this answer."""

    def __init__(
        self, status: int, message: str, *, code: str = "", kind: str = "invalid_request_error", **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kept = kind == "card_error"
        self.body = {
            "error": {"type": kind, "message": message, **({"code": code} if code else {}), **more},
        }


def missing(what: str, thing_id: str, *, param: str = "id") -> Problem:
    """Say that there is no such object."""
    return Problem(404, f"No such {what}: '{thing_id}'", code="resource_missing", param=param)


def lacking(param: str) -> Problem:
    """Say that a parameter is missing."""
    return Problem(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def wrong(param: str, message: str, code: str = "parameter_invalid_integer") -> Problem:
    """Say that a parameter is wrong."""
    return Problem(400, message, code=code, param=param)


def unexpected_state(intent: dict[str, Any], verb: str) -> Problem:
    """Say that an intent is in no state for this."""
    message = f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}."
    return Problem(400, message, code="payment_intent_unexpected_state")


def declined(intent: dict[str, Any]) -> Problem:
    """Say that a card was refused."""
    error = intent["last_payment_error"]
    more = {name: value for name, value in error.items() if name not in ("type", "message", "code")}
    return Problem(402, error["message"], code=error["code"], kind="card_error", payment_intent=intent, **more)
