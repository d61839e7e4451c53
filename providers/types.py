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
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Decline:
    """A refusal: our reason, the PSP's own code, and whether the customer may try again with the same means."""

    reason: DeclineReason
    code: str = ""
    message: str = ""
    may_retry: bool = True


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
    """Start, schedule, charge, change, read or end a subscription; `token` is the PSP's own id of it."""

    pay: PayRequest | None
    token: str = ""
    interval: str = ""
    interval_count: int = 1
    expires_after: int | None = None
    query: Mapping[str, str] = field(default_factory=dict)


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
