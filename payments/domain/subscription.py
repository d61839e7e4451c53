"""The words for subscriptions: who charges, how often, how a period went, and why a subscription ended."""

from enum import StrEnum


class RunBy(StrEnum):
    """Who decides when it is charged: the PSP by itself, this hub, or the order system by asking for each payment."""

    PROVIDER = "provider"
    HUB = "hub"
    SHOP = "shop"


class State(StrEnum):
    """The states of the published subscription saga."""

    CREATED = "CREATED"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    ACTIVE = "ACTIVE"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    EXPIRED = "EXPIRED"
    ABORTED = "ABORTED"


ENDED = (State.EXPIRED, State.ABORTED)
RENEWABLE = (State.ACTIVE, State.PAYMENT_FAILED)


class PeriodState(StrEnum):
    """How one period stands. OPEN: its payment is on its way, in doubt, or waits for the customer."""

    OPEN = "open"
    PAST_DUE = "past_due"  # declined; another try follows, or the customer must act
    PAID = "paid"
    FAILED = "failed"
    SKIPPED = "skipped"


class EndReason(StrEnum):
    """Why a subscription ended."""

    COUNT = "count"
    DATE = "date"
    REQUEST = "request"
    DUNNING = "dunning"
    FIRST_PAYMENT = "first_payment"
    PROVIDER = "provider"


class Word(StrEnum):
    """Outgoing events of a subscription."""

    CREATED = "subscription.created"
    ACTIVATED = "subscription.activated"
    RENEWED = "subscription.renewed"
    PAST_DUE = "subscription.past_due"
    ACTION_REQUIRED = "subscription.action_required"
    PERIODS_SKIPPED = "subscription.periods_skipped"
    CANCEL_REQUESTED = "subscription.cancel_requested"
    CANCELED = "subscription.canceled"
    EXPIRED = "subscription.expired"
    ABORTED = "subscription.aborted"
    PAUSED = "subscription.paused"
    RESUMED = "subscription.resumed"
    CHANGED = "subscription.changed"
