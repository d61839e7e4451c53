"""The words in which the hub and its drivers speak: frozen requests in, verdicts out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from paymenthub.kernel.money import Money


class Operation(StrEnum):
    """What a driver can be asked to do; a driver declares those it offers."""

    PAY = "pay"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REFUND = "refund"
    FETCH = "fetch"
    FETCH_REFUND = "fetch_refund"
    SUBSCRIPTION_SCHEDULE = "subscription_schedule"
    SUBSCRIPTION_START = "subscription_start"
    SUBSCRIPTION_PAY = "subscription_pay"
    SUBSCRIPTION_UPDATE = "subscription_update"
    SUBSCRIPTION_FETCH = "subscription_fetch"
    SUBSCRIPTION_EXPIRE = "subscription_expire"
    LINK_CREATE = "link_create"
    LINK_EXPIRE = "link_expire"
    UTILITY = "utility"
    NOTIFICATION = "notification"
    LIST_EVENTS = "list_events"


class Feature(StrEnum):
    """What qualifies an operation and is no operation of its own."""

    PARTIAL_CAPTURE = "partial_capture"
    MULTIPLE_CAPTURES = "multiple_captures"
    PARTIAL_REFUND = "partial_refund"
    LOOKUP_BY_KEY = "lookup_by_key"
    DELAYED_FAILURE = "delayed_failure"
    TEST_CLOCK = "test_clock"


class Subject(StrEnum):
    """What a verdict speaks about."""

    PAYMENT = "payment"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    SUBSCRIPTION = "subscription"
    TOKEN = "token"  # noqa: S105 - a word, no secret


class Outcome(StrEnum):
    """What a PSP says of a subject. An unknown word of a PSP is PENDING, never a success and never a failure."""

    SUCCEEDED = "succeeded"  # money moved: paid, captured, refunded, charged back
    AUTHORIZED = "authorized"  # money is held
    PENDING = "pending"
    ACTION_REQUIRED = "action_required"  # the customer must act
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REVERSED = "reversed"  # a refund came back, a chargeback was won
    NOT_FOUND = "not_found"  # the PSP knows no such thing; only a fetch says so


class DeclineReason(StrEnum):
    """Why a PSP said no, in the words of the hub."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    CARD_DECLINED = "card_declined"
    STOLEN_CARD = "stolen_card"
    AUTHENTICATION_FAILED = "authentication_failed"
    AUTHENTICATION_REQUIRED = "authentication_required"
    FRAUD_SUSPECTED = "fraud_suspected"
    INVALID_REQUEST = "invalid_request"
    PROCESSING_ERROR = "processing_error"
    CUSTOMER_CANCELLED = "customer_cancelled"
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the kept means of payment is gone: detached, withdrawn, unknown
    OTHER = "other"


class Hardness(StrEnum):
    """Whether a declined charge may be made again without its customer."""

    SOFT = "soft"  # later, with the same means
    HARD = "hard"  # never with these means
    NEEDS_CUSTOMER = "needs_customer"  # only with the customer there, who must prove who they are


@dataclass(frozen=True, slots=True)
class Decline:
    """A refusal: our reason, the PSP's own code, and whether the customer may try again with the same means."""

    reason: DeclineReason
    code: str = ""
    message: str = ""
    may_retry: bool = True

    @property
    def hardness(self) -> Hardness:
        """Tell what a renewal that was declined so may do next."""
        return hardness_of(self.reason, may_retry=self.may_retry)


def hardness_of(reason: str, *, may_retry: bool) -> Hardness:
    """Tell the same from what is stored of a decline."""
    if reason == DeclineReason.AUTHENTICATION_REQUIRED:
        return Hardness.NEEDS_CUSTOMER
    return Hardness.SOFT if may_retry else Hardness.HARD


class SubscriptionStatus(StrEnum):
    """How a subscription stands, in the six words of the Payment Gateway Manager."""

    PENDING = "PENDING"  # its first payment is still due
    ACTIVE = "ACTIVE"  # its last payment went well
    PAST_DUE = "PAST_DUE"  # its last payment failed
    EXPIRED = "EXPIRED"  # over by date or count
    CANCELED = "CANCELED"  # ended by somebody
    UNKNOWN = "UNKNOWN"  # the PSP said a word that nobody knows


SUBSCRIPTION_OUTCOMES: Mapping[SubscriptionStatus, Outcome] = {
    SubscriptionStatus.PENDING: Outcome.PENDING,
    SubscriptionStatus.ACTIVE: Outcome.SUCCEEDED,
    SubscriptionStatus.PAST_DUE: Outcome.SUCCEEDED,
    SubscriptionStatus.EXPIRED: Outcome.EXPIRED,
    SubscriptionStatus.CANCELED: Outcome.CANCELLED,
    SubscriptionStatus.UNKNOWN: Outcome.PENDING,
}
"""What a verdict about a subscription itself says: SUCCEEDED while it stands, whatever its last payment came to."""


class Interval(StrEnum):
    """The units of a subscription's rhythm."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """What a PSP says of a subscription that it runs, or of a means of payment that it keeps (`token` and status only).

    `token` is the PSP's own id, empty while there is none yet; `charges` is how many it has made with success.
    """

    token: str
    status: SubscriptionStatus
    next_charge_at: datetime | None = None
    money: Money | None = None
    interval: str = ""
    interval_count: int = 1
    charges: int | None = None
    ends_at: datetime | None = None
    cancel_at_period_end: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionCharge:
    """Which charge of a subscription that the PSP runs a payment's verdict is about.

    `charge_id` is the PSP's own id of the charge and the same for every try and every telling of it: a payment is made
    once for each. `sequence` counts from 1 (the first payment, which the hub asked for); 0 where the PSP does not count.
    """

    token: str
    charge_id: str
    sequence: int = 0
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """One id by which a PSP names one thing, such as ("payment", "sp_1")."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Action:
    """Where the customer must go; at least one address is given."""

    redirect_url: str = field(default="", repr=False)
    redirect_url_mobile: str = field(default="", repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a PSP says about one thing.

    `money` is the amount that the outcome is about, `cumulative` tells whether it is the sum so far (a PSP that
    reports totals) or this one movement. `references` name the subject, the main id first; `parent` names what it
    belongs to (a refund's payment). `attempt_reference` is what the hub itself sent along, where the PSP echoes it.
    `account` and `live` are the PSP's own claims, compared with the provider account before anything is believed.
    `subscription` stands where a subscription or a kept token is involved. `charge` stands in the verdict of a payment
    that the PSP made by itself for a subscription; only that of its first payment has an `attempt_reference`.
    """

    subject: Subject
    outcome: Outcome
    money: Money | None = None
    cumulative: bool = False
    references: tuple[Reference, ...] = ()
    parent: tuple[Reference, ...] = ()
    attempt_reference: str = ""
    account: str = ""
    live: bool | None = None
    decline: Decline | None = None
    action: Action | None = None
    occurred_at: datetime | None = None
    raw_status: str = ""
    subscription: SubscriptionState | None = None
    charge: SubscriptionCharge | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A verified message from a PSP: `key` is the driver's own event key, unique per account, empty for a bare hint.

    `reread` tells that the body only hints: the object is fetched from the PSP before anything changes.
    """

    key: str
    type: str
    verdicts: tuple[Verdict, ...] = ()
    reread: bool = False


@dataclass(frozen=True, slots=True)
class EventsRequest:
    """Ask what happened on an account since a moment; `cursor` is that of the page before, empty for the first."""

    since: datetime
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class EventsPage:
    """One page of what happened, read as notifications are; `cursor` is empty on the last page.

    `unreadable` names the events that the driver could not read: they are reported and never dropped.
    """

    notifications: tuple[Notification, ...]
    cursor: str = ""
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InboundRequest:
    """A PSP's call as it came: raw bytes, headers in lower case, parsed query."""

    method: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str]
    received_at: datetime
    path: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant's account at a PSP, decrypted for one call. Never logged: its repr shows no credential."""

    id: str
    live: bool
    config: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who pays."""

    id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class PayRequest:
    """Pay or authorise `money`. `provider_data` belongs to this call only and is kept nowhere."""

    money: Money
    method: str
    shop_reference: str
    return_url: str
    cancel_url: str
    notification_url: str
    description: str = ""
    locale: str = "en"
    buyer: Buyer = Buyer()
    expires_at: datetime | None = None
    provider_data: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """Take `money` of an authorised payment; `final` releases what is left."""

    money: Money
    references: tuple[Reference, ...]
    shop_reference: str
    final: bool = True


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Release an authorised or still unpaid payment."""

    references: tuple[Reference, ...]
    shop_reference: str
    money: Money | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give `money` of a captured payment back; `references` name the payment and, where known, the capture."""

    money: Money
    references: tuple[Reference, ...]
    shop_reference: str
    refund_reference: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """Ask about one thing, by the PSP's ids or, where it answers to them, by our key and reference."""

    references: tuple[Reference, ...]
    shop_reference: str
    money: Money


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """Start, schedule, charge, change, read or end a subscription; `token` is the PSP's own id of it.

    `pay` is the first payment, or the one to charge. `money` is the amount of each later charge, or the new one; without
    it that of `pay`. `expires_after` counts payments, the first one included. `first_charge_at` puts the first charge
    off (a trial); `time_zone` (IANA) is the one whose calendar counts. `at_period_end` ends it when what is paid is over.
    """

    pay: PayRequest | None
    token: str = ""
    interval: str = ""
    interval_count: int = 1
    expires_after: int | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    money: Money | None = None
    shop_reference: str = ""
    time_zone: str = "UTC"
    first_charge_at: datetime | None = None
    ends_at: datetime | None = None
    at_period_end: bool = False


@dataclass(frozen=True, slots=True)
class UtilityRequest:
    """A provider's own helper call, such as a client token."""

    name: str
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallbackPath:
    """A further inbound path of a provider, below `/{provider}/callback/`."""

    suffix: str
    methods: tuple[str, ...] = ("POST",)


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One setting of a provider account: a credential is a secret one and is shown to nobody again."""

    name: str
    help: str
    secret: bool = False
    required: bool = True
    default: str = ""
