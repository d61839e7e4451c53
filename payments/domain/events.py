"""Name the events, command labels and aliases of the payment saga."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class PaymentEvent(StrEnum):
    """Every event name of the default payment machine; a machine of one's own may know others."""

    # Asked for by an order system, staff or a checkout.
    SCHEDULE_REQUESTED = "scheduleRequested"
    SUBSCRIPTION_SCHEDULED_REQUESTED = "subscriptionScheduledRequested"
    SUBSCRIPTION_START = "subscriptionStart"
    SUBSCRIPTION_PAYMENT_REQUESTED = "subscriptionPaymentRequested"
    AUTHORIZATION_REQUESTED = "authorizationRequested"
    LINK_REQUESTED = "linkRequested"
    PAYMENT_AUTHORIZATION_REQUESTED = "paymentAuthorizationRequested"
    RETRY_REQUESTED = "retryRequested"
    AUTHORIZATION_RETRY_REQUESTED = "authorizationRetryRequested"
    CAPTURE_REQUESTED = "captureRequested"
    CANCEL_REQUESTED = "cancelRequested"
    REFUND_REQUESTED = "refundRequested"
    SEND_NOTIFICATION = "sendNotification"
    UPDATE = "update"

    # Told by a provider (answer, webhook, poller) or by an operator in its place.
    PAYMENT_CREATED = "paymentCreated"
    LINK_CREATED = "linkCreated"
    AUTHORIZATION_SCHEDULED = "authorizationScheduled"
    PAYMENT_SCHEDULED = "paymentScheduled"
    PAYMENT_AUTHORIZED = "paymentAuthorized"
    PAYMENT_EXECUTED = "paymentExecuted"
    PAYMENT_EXECUTED_BY_SYSTEM = "paymentExecutedBySystem"
    PAYMENT_FAILED = "paymentFailed"
    PAYMENT_FAILED_BY_SYSTEM = "paymentFailedBySystem"
    PARTIAL_CAPTURE_EXECUTED = "partialCaptureExecuted"
    CAPTURE_PENDING = "capturePending"
    CAPTURE_FAILED = "captureFailed"
    PAYMENT_CANCELLED = "paymentCancelled"
    CANCEL_PENDING = "cancelPending"
    CANCEL_FAILED = "cancelFailed"
    PAYMENT_EXPIRED = "paymentExpired"
    REFUND_PENDING = "refundPending"
    REFUND_FAILED = "refundFailed"
    PARTIAL_REFUND_EXECUTED = "partialRefundExecuted"
    TOTAL_REFUND_EXECUTED = "totalRefundExecuted"
    REFUND_REVERSED = "refundReversed"
    TOTAL_REFUND_REVERSED = "totalRefundReversed"
    CHARGEBACK_OPENED = "chargebackOpened"
    CHARGEBACK_WON = "chargebackWon"

    # Told by the mailer.
    NOTIFICATION_SENT = "notificationSent"
    NOTIFICATION_FAILED = "notificationFailed"


class CommandLabel(StrEnum):
    """The label that goes with a command; PAY's is the name of the event that answers it, as published."""

    PAY = "paymentScheduled"
    CREATE_LINK = "createLink"
    GET_AUTHORIZATION = "getAuthorization"
    SUBSCRIPTION_SCHEDULE = "subscriptionScheduledRequested"
    SUBSCRIPTION_START = "subscriptionStart"
    SUBSCRIPTION_PAYMENT = "subscriptionPaymentRequested"
    AUTHORIZE = "paymentAuthorizationRequested"
    CAPTURE = "captureRequested"
    CANCEL = "cancelRequested"
    REFUND = "refundRequested"
    NOTIFY_PAY_BY_LINK = "PAY_BY_LINK"
    NOTIFY_PAYMENT_EXECUTED = "PAYMENT_EXECUTED"
    NOTIFY_PAYMENT_FAILED = "PAYMENT_FAILED"
    NOTIFY_PARTIAL_REFUND_EXECUTED = "PARTIAL_REFUND_EXECUTED"
    NOTIFY_TOTAL_REFUND_EXECUTED = "TOTAL_REFUND_EXECUTED"


# The published product names the poller's two events three ways; the last two are names of its version 2.
ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paymentExecutedBySystem": PaymentEvent.PAYMENT_EXECUTED.value,
        "paymentExecutedByTheSystem": PaymentEvent.PAYMENT_EXECUTED.value,
        "paymentExecutedFrullino": PaymentEvent.PAYMENT_EXECUTED.value,
        "paymentFailedBySystem": PaymentEvent.PAYMENT_FAILED.value,
        "paymentFailedByTheSystem": PaymentEvent.PAYMENT_FAILED.value,
        "paymentExecutionFailedFrullino": PaymentEvent.PAYMENT_FAILED.value,
        "paymentFailedFrullino": PaymentEvent.PAYMENT_FAILED.value,
        "paymentExecutionFailed": PaymentEvent.PAYMENT_FAILED.value,
        "paymentScheduleFailed": PaymentEvent.PAYMENT_FAILED.value,
    }
)


def canonical(event: str) -> str:
    """Return the event an alias stands for, and any other name unchanged."""
    return ALIASES.get(event, event)


# Definite facts about money: it moved, is held, was released, or surely did not move.
# "Pending" is no fact, and an expiry is a matter of time.
MONEY_EVENTS: Final[frozenset[str]] = frozenset(
    {
        PaymentEvent.PAYMENT_AUTHORIZED.value,
        PaymentEvent.PAYMENT_EXECUTED.value,
        PaymentEvent.PAYMENT_FAILED.value,
        PaymentEvent.PARTIAL_CAPTURE_EXECUTED.value,
        PaymentEvent.CAPTURE_FAILED.value,
        PaymentEvent.PAYMENT_CANCELLED.value,
        PaymentEvent.CANCEL_FAILED.value,
        PaymentEvent.REFUND_FAILED.value,
        PaymentEvent.PARTIAL_REFUND_EXECUTED.value,
        PaymentEvent.TOTAL_REFUND_EXECUTED.value,
        PaymentEvent.REFUND_REVERSED.value,
        PaymentEvent.TOTAL_REFUND_REVERSED.value,
        PaymentEvent.CHARGEBACK_OPENED.value,
        PaymentEvent.CHARGEBACK_WON.value,
        *ALIASES,
    }
)
