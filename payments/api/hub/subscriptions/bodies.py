"""What is sent to `/v1/subscriptions`, and its checks."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from paymenthub.kernel.errors import InvalidField
from payments.api.fields import Amount
from payments.api.gateway.subscription_requests import ExpiresAfter, Interval, IntervalCount
from payments.api.typed import read


class CancelSubscription(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """When it ends: on the day of the next renewal (what is paid stays paid for), or now."""

    at: Literal["period_end", "now"] = "period_end"


class ChangeSubscription(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """What is to be different from the next period on; what is left out stays."""

    amount: Amount | UnsetType = UNSET
    interval: Interval | UnsetType = UNSET
    interval_count: IntervalCount | UnsetType = UNSET
    expires_after: ExpiresAfter | UnsetType = UNSET


def read_change(body: Any) -> ChangeSubscription:
    """Read and check. Raises InvalidField where nothing is to change."""
    found = read(body, ChangeSubscription)
    if all(value is UNSET for value in (found.amount, found.interval, found.interval_count, found.expires_after)):
        raise InvalidField(
            "Nothing is to change: name an amount, interval, intervalCount or expiresAfter.", param="amount"
        )
    return found
