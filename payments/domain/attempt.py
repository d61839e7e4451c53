"""The words for an operation at a PSP and for the amounts that it moves."""

from enum import StrEnum


class AttemptKind(StrEnum):
    """What was asked of the PSP."""

    PAY = "pay"
    AUTHORIZE = "authorize"
    LINK = "link_create"  # a page of the PSP, made now and paid later
    CAPTURE = "capture"
    CANCEL = "cancel"
    EXPIRE = "expire"  # an unpaid session, when its time is over
    CLOSE = "close"  # an unpaid session, at the merchant's wish
    SWITCH = "switch"  # an unpaid session, since its customer chose another method
    REFUND = "refund"
    SUBSCRIPTION_SCHEDULE = "subscription_schedule"  # the first payment of what the PSP charges by itself
    SUBSCRIPTION_START = "subscription_start"  # the first payment, which brings a token
    SUBSCRIPTION_PAY = "subscription_pay"  # a later one, by the token


class AttemptState(StrEnum):
    """How far it got. UNKNOWN: sent, and nobody knows; only a PSP's verdict or an audited operator ends it."""

    READY = "READY"
    OPEN = "OPEN"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    REJECTED = "REJECTED"
    NOT_SENT = "NOT_SENT"


UNDECIDED = (AttemptState.READY, AttemptState.OPEN, AttemptState.PENDING, AttemptState.UNKNOWN)
ENDED_WITHOUT_SUCCESS = (AttemptState.DECLINED, AttemptState.REJECTED, AttemptState.NOT_SENT)
SUBSCRIBING = (
    AttemptKind.SUBSCRIPTION_SCHEDULE,
    AttemptKind.SUBSCRIPTION_START,
    AttemptKind.SUBSCRIPTION_PAY,
)
"""Kinds by which a subscription is paid."""
SIGNING_UP = (AttemptKind.SUBSCRIPTION_SCHEDULE, AttemptKind.SUBSCRIPTION_START)
"""Kinds that bring the PSP's reference for later payments."""
PAYING = (AttemptKind.PAY, AttemptKind.AUTHORIZE, AttemptKind.LINK, *SUBSCRIBING)
"""Kinds that bring a payment its money."""
CLOSING = (AttemptKind.CLOSE, AttemptKind.EXPIRE, AttemptKind.SWITCH)
"""Kinds that end the session of a customer who has not paid."""
EXCLUSIVE = (*PAYING, AttemptKind.CAPTURE, AttemptKind.CANCEL)
"""Kinds of which one payment may have only one undecided at a time."""


BY_THE_PSP = "psp-"
"""How the key of an attempt begins that stands for what a PSP did without being asked."""


class RefundState(StrEnum):
    """How a refund stands. OPEN: reserved, also while nobody knows."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"


class MovementKind(StrEnum):
    """What moved."""

    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    RELEASED = "released"
    REFUNDED = "refunded"
    REFUND_REVERSED = "refund_reversed"
    REFUNDED_ELSEWHERE = "refunded_elsewhere"
    CHARGED_BACK = "charged_back"
    CHARGEBACK_WON = "chargeback_won"


class ItemKind(StrEnum):
    """Why something waits for a person."""

    AMOUNT_MISMATCH = "amount_mismatch"
    UNEXPECTED_EVENT = "unexpected_event"
    LATE_SUCCESS = "late_success"
    SECOND_WINNER = "second_winner"
    IN_DOUBT = "in_doubt"
    UNMATCHED = "unmatched"
    CONFLICT = "conflict"
    ACCOUNT_MISMATCH = "account_mismatch"
    REFERENCE_CONFLICT = "reference_conflict"
    REJECTED = "rejected"
    CREDENTIALS = "credentials"
    EXTERNAL_REFUND = "external_refund"
    CHARGEBACK = "chargeback"
    REFUND_REVERSED = "refund_reversed"
    AUTHORIZATION_EXPIRES = "authorization_expires"
    LEDGER_IMBALANCE = "ledger_imbalance"
    UNKNOWN_HERE = "unknown_here"
    FLOW_MANAGER = "flow_manager"
    MAIL_FAILED = "mail_failed"
    STEP_FAILED = "step_failed"
    MACHINE_MISSING = "machine_missing"
    METADATA_REFUSED = "metadata_refused"
    INVOICE_HELD = "invoice_held"
    INVOICE_FILE_FAILED = "invoice_file_failed"
    ORDER_NOT_FOLLOWED = "order_not_followed"
    CHARGED_AFTER_CANCEL = "charged_after_cancel"
    SUBSCRIPTION_STUCK = "subscription_stuck"
    CARD_TESTING = "card_testing"
