"""What is sent to `/v1/subscriptions`, and its checks."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from paymenthub.kernel.errors import InvalidField
from payments.api.fields import Amount, Reason, check_words
from payments.api.gateway.subscription_requests import ExpiresAfter
from payments.api.typed import read


class CancelSubscription(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """When it ends: on the day of the next renewal (what is paid stays paid for), or now."""

    at: Literal["period_end", "now"] = "period_end"
    reason: Reason = ""


class PauseSubscription(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """Nothing is charged until it is resumed."""

    reason: Reason = ""


class ChangeSubscription(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """What is to be different from the next period on; what is left out stays."""

    amount: Amount | UnsetType = UNSET
    expires_after: ExpiresAfter | UnsetType = UNSET


class MethodChange(msgspec.Struct, rename="camel", kw_only=True):
    """Where the customer gives another means of payment."""

    customer_url: Annotated[str, Meta(description="Send the customer there. The address is signed and stays valid.")]


def read_cancel(body: Any) -> CancelSubscription:
    """Read and check. Raises InvalidField, or Unprocessable for what looks like a card number."""
    found = read(body, CancelSubscription)
    check_words(found.reason, param="reason")
    return found


def read_pause(body: Any) -> PauseSubscription:
    """Read and check. Raises InvalidField, or Unprocessable for what looks like a card number."""
    found = read(body, PauseSubscription)
    check_words(found.reason, param="reason")
    return found


def read_change(body: Any) -> ChangeSubscription:
    """Read and check. Raises InvalidField where nothing is to change."""
    found = read(body, ChangeSubscription)
    if found.amount is UNSET and found.expires_after is UNSET:
        raise InvalidField("Nothing is to change: name an amount or expiresAfter.", param="amount")
    return found
