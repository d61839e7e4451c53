"""The vocabulary of the contract suite: what a PSP may do, and what the hub must hear of it.

A driver's `tests/providers/<code>/scenarios.py` says how its PSP is brought to do it; what it means stands here, for
every driver alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from providers.errors import DriverError, Rejected
from providers.port import Driver
from providers.types import DeclineReason, Feature, Operation, Outcome

__all__ = ["MEANINGS", "Meaning", "Scenario", "applicable", "first_of"]


class Scenario(StrEnum):
    """One thing that a PSP does when it is asked."""

    APPROVED = "approved"
    REDIRECT_REQUIRED = "redirect_required"
    PENDING = "pending"
    DECLINED_INSUFFICIENT_FUNDS = "declined_insufficient_funds"
    DECLINED_EXPIRED_CARD = "declined_expired_card"
    UNKNOWN_STATUS = "unknown_status"
    REJECTED = "rejected"
    AUTHORIZED = "authorized"
    AUTHORIZE_REDIRECT_REQUIRED = "authorize_redirect_required"
    CAPTURED_FULL = "captured_full"
    CAPTURED_PARTIAL = "captured_partial"
    CAPTURED_AGAIN = "captured_again"
    CAPTURE_TOO_MUCH = "capture_too_much"
    CAPTURE_TWICE = "capture_twice"
    CAPTURE_AFTER_CANCEL = "capture_after_cancel"
    CANCELLED = "cancelled"
    CANCEL_AFTER_CAPTURE = "cancel_after_capture"
    EXPIRED = "expired"
    EXPIRE_AFTER_PAID = "expire_after_paid"
    REFUNDED_FULL = "refunded_full"
    REFUNDED_PARTIAL = "refunded_partial"
    REFUNDED_IN_PARTS = "refunded_in_parts"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILED = "refund_failed"
    REFUND_TOO_MUCH = "refund_too_much"
    REFUND_UNPAID = "refund_unpaid"
    FETCHED_PAID = "fetched_paid"
    FETCHED_AUTHORIZED = "fetched_authorized"
    FETCHED_WAITING = "fetched_waiting"
    FETCHED_BY_KEY = "fetched_by_key"
    FETCHED_WITH_REFUND = "fetched_with_refund"
    FETCHED_UNKNOWN_STATUS = "fetched_unknown_status"
    NOT_FOUND = "not_found"
    NOT_FOUND_BY_KEY = "not_found_by_key"
    REFUND_FETCHED = "refund_fetched"
    REFUND_NOT_FOUND = "refund_not_found"
    SUBSCRIPTION_SCHEDULED = "subscription_scheduled"
    SUBSCRIPTION_STARTED = "subscription_started"
    SUBSCRIPTION_PAID = "subscription_paid"
    SUBSCRIPTION_TOKEN_REVOKED = "subscription_token_revoked"
    SUBSCRIPTION_NEEDS_CUSTOMER = "subscription_needs_customer"
    SUBSCRIPTION_UPDATED = "subscription_updated"
    SUBSCRIPTION_FETCHED = "subscription_fetched"
    SUBSCRIPTION_EXPIRED = "subscription_expired"
    LINK_CREATED = "link_created"
    LINK_EXPIRED = "link_expired"
    EVENTS_LISTED = "events_listed"


@dataclass(frozen=True)
class Meaning:
    """What the hub asks for and must hear: an outcome (with a reason) or an error; `core` cannot be excused."""

    operation: Operation
    outcome: Outcome | None = None
    error: type[DriverError] | None = None
    reason: DeclineReason | None = None
    feature: Feature | None = None
    core: bool = False


_O = Operation
MEANINGS: dict[Scenario, Meaning] = {
    Scenario.APPROVED: Meaning(_O.PAY, Outcome.SUCCEEDED),
    Scenario.REDIRECT_REQUIRED: Meaning(_O.PAY, Outcome.ACTION_REQUIRED),
    Scenario.PENDING: Meaning(_O.PAY, Outcome.PENDING),
    Scenario.DECLINED_INSUFFICIENT_FUNDS: Meaning(_O.PAY, Outcome.DECLINED, reason=DeclineReason.INSUFFICIENT_FUNDS),
    Scenario.DECLINED_EXPIRED_CARD: Meaning(_O.PAY, Outcome.DECLINED, reason=DeclineReason.EXPIRED_CARD),
    Scenario.UNKNOWN_STATUS: Meaning(_O.PAY, Outcome.PENDING, core=True),
    Scenario.REJECTED: Meaning(_O.PAY, error=Rejected, core=True),
    Scenario.AUTHORIZED: Meaning(_O.AUTHORIZE, Outcome.AUTHORIZED),
    Scenario.AUTHORIZE_REDIRECT_REQUIRED: Meaning(_O.AUTHORIZE, Outcome.ACTION_REQUIRED),
    Scenario.CAPTURED_FULL: Meaning(_O.CAPTURE, Outcome.SUCCEEDED, core=True),
    Scenario.CAPTURED_PARTIAL: Meaning(_O.CAPTURE, Outcome.SUCCEEDED, feature=Feature.PARTIAL_CAPTURE, core=True),
    Scenario.CAPTURED_AGAIN: Meaning(_O.CAPTURE, Outcome.SUCCEEDED, feature=Feature.MULTIPLE_CAPTURES, core=True),
    Scenario.CAPTURE_TOO_MUCH: Meaning(_O.CAPTURE, error=Rejected, core=True),
    Scenario.CAPTURE_TWICE: Meaning(_O.CAPTURE, error=Rejected, core=True),
    Scenario.CAPTURE_AFTER_CANCEL: Meaning(_O.CAPTURE, error=Rejected, core=True),
    Scenario.CANCELLED: Meaning(_O.CANCEL, Outcome.CANCELLED, core=True),
    Scenario.CANCEL_AFTER_CAPTURE: Meaning(_O.CANCEL, error=Rejected, core=True),
    Scenario.EXPIRED: Meaning(_O.EXPIRE, Outcome.EXPIRED, core=True),
    Scenario.EXPIRE_AFTER_PAID: Meaning(_O.EXPIRE, error=Rejected),
    Scenario.REFUNDED_FULL: Meaning(_O.REFUND, Outcome.SUCCEEDED),
    Scenario.REFUNDED_PARTIAL: Meaning(_O.REFUND, Outcome.SUCCEEDED, feature=Feature.PARTIAL_REFUND),
    Scenario.REFUNDED_IN_PARTS: Meaning(_O.REFUND, Outcome.SUCCEEDED, feature=Feature.PARTIAL_REFUND),
    Scenario.REFUND_PENDING: Meaning(_O.REFUND, Outcome.PENDING),
    Scenario.REFUND_FAILED: Meaning(_O.REFUND, Outcome.DECLINED),
    Scenario.REFUND_TOO_MUCH: Meaning(_O.REFUND, error=Rejected, core=True),
    Scenario.REFUND_UNPAID: Meaning(_O.REFUND, error=Rejected),
    Scenario.FETCHED_PAID: Meaning(_O.FETCH, Outcome.SUCCEEDED, core=True),
    Scenario.FETCHED_AUTHORIZED: Meaning(_O.FETCH, Outcome.AUTHORIZED),
    Scenario.FETCHED_WAITING: Meaning(_O.FETCH, Outcome.ACTION_REQUIRED),
    Scenario.FETCHED_BY_KEY: Meaning(_O.FETCH, Outcome.SUCCEEDED, feature=Feature.LOOKUP_BY_KEY, core=True),
    Scenario.FETCHED_WITH_REFUND: Meaning(_O.FETCH, Outcome.SUCCEEDED),
    Scenario.FETCHED_UNKNOWN_STATUS: Meaning(_O.FETCH, Outcome.PENDING, core=True),
    Scenario.NOT_FOUND: Meaning(_O.FETCH, Outcome.NOT_FOUND, core=True),
    Scenario.NOT_FOUND_BY_KEY: Meaning(_O.FETCH, Outcome.NOT_FOUND, feature=Feature.LOOKUP_BY_KEY, core=True),
    Scenario.REFUND_FETCHED: Meaning(_O.FETCH_REFUND, Outcome.SUCCEEDED, core=True),
    Scenario.REFUND_NOT_FOUND: Meaning(_O.FETCH_REFUND, Outcome.NOT_FOUND, core=True),
    Scenario.SUBSCRIPTION_SCHEDULED: Meaning(_O.SUBSCRIPTION_SCHEDULE, Outcome.ACTION_REQUIRED, core=True),
    Scenario.SUBSCRIPTION_STARTED: Meaning(_O.SUBSCRIPTION_START, Outcome.ACTION_REQUIRED, core=True),
    Scenario.SUBSCRIPTION_PAID: Meaning(_O.SUBSCRIPTION_PAY, Outcome.SUCCEEDED, core=True),
    Scenario.SUBSCRIPTION_TOKEN_REVOKED: Meaning(
        _O.SUBSCRIPTION_PAY, Outcome.DECLINED, reason=DeclineReason.TOKEN_REVOKED, core=True
    ),
    Scenario.SUBSCRIPTION_NEEDS_CUSTOMER: Meaning(
        _O.SUBSCRIPTION_PAY, Outcome.DECLINED, reason=DeclineReason.AUTHENTICATION_REQUIRED
    ),
    Scenario.SUBSCRIPTION_UPDATED: Meaning(_O.SUBSCRIPTION_UPDATE, Outcome.SUCCEEDED, core=True),
    Scenario.SUBSCRIPTION_FETCHED: Meaning(_O.SUBSCRIPTION_FETCH, Outcome.SUCCEEDED, core=True),
    Scenario.SUBSCRIPTION_EXPIRED: Meaning(_O.SUBSCRIPTION_EXPIRE, Outcome.CANCELLED, core=True),
    Scenario.LINK_CREATED: Meaning(_O.LINK_CREATE, Outcome.ACTION_REQUIRED, core=True),
    Scenario.LINK_EXPIRED: Meaning(_O.LINK_EXPIRE, Outcome.EXPIRED, core=True),
    Scenario.EVENTS_LISTED: Meaning(_O.LIST_EVENTS, Outcome.SUCCEEDED, core=True),
}


def applicable(driver: Driver, excused: Iterable[Scenario]) -> list[Scenario]:
    """List the scenarios that a driver's declaration asks for, without those that its PSP cannot do."""
    return [
        scenario
        for scenario, meaning in MEANINGS.items()
        if meaning.operation in driver.operations
        and (meaning.feature is None or meaning.feature in driver.features)
        and scenario not in excused
    ]


def first_of(operation: Operation, scenarios: Iterable[Scenario]) -> Scenario | None:
    """Return the plainest scenario of an operation that ends in an answer."""
    return next((s for s in scenarios if MEANINGS[s].operation is operation and MEANINGS[s].error is None), None)
