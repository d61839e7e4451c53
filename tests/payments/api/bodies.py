"""What order systems send."""

from typing import Any


def pay_body(**over: Any) -> dict[str, Any]:
    """A valid request; None takes a field out."""
    body = {"amount": 1299, "currency": "EUR", "shopTransactionId": "order-1"} | over
    return {name: value for name, value in body.items() if value is not None}
