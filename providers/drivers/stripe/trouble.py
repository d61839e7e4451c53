"""What Stripe's errors mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import stripe

from paymenthub.kernel.redact import redact_text
from providers.errors import Rejected


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that says no: the error object as Stripe wrote it, in a body with this status."""

    status: int
    error: Mapping[str, Any] = field(repr=False)
    request_id: str = ""

    @property
    def is_card(self) -> bool:
        """Tell whether the bank or Stripe's risk check refused the payment, and not our request."""
        return self.status == 402 or self.error.get("type") == "card_error"

    @property
    def is_missing_object(self) -> bool:
        """Tell whether Stripe says that there is no such object; an unknown path is another 404."""
        return self.status == 404 and self.error.get("code") == "resource_missing"

    def rejected(self) -> Rejected:
        """Make the error of a request that Stripe refused as wrong."""
        message = redact_text(str(self.error.get("message") or "refused"))
        code = redact_text(str(self.error.get("code") or self.error.get("type") or self.status))
        return Rejected(f"{message} ({self.status})"[:255], psp_code=code[:128], request_id=self.request_id)


def translate(error: stripe.StripeError) -> Refusal | None:
    """Read an error of the SDK; None where it is no usable answer.

    An idempotency error is none: Stripe has seen our key before, with other content, and what came of that is not told.
    """
    body = error.json_body
    details = body.get("error") if isinstance(body, dict) else None
    status = error.http_status or 0
    if not isinstance(details, dict) or not 400 <= status < 500:
        return None
    if details.get("type") in ("idempotency_error", "api_error") or isinstance(error, stripe.IdempotencyError):
        return None
    return Refusal(status, details, error.request_id or "")
