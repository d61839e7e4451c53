"""The saga's events in the words of people."""

from payments.domain.events import canonical
from payments.models import Transition

from .display import label

_EVENTS = {
    "paymentCreated": "Payment created",
    "scheduleRequested": "Payment asked of the provider",
    "paymentAuthorizationRequested": "Authorisation asked of the provider",
    "paymentScheduled": "The provider has it and has not decided yet",
    "paymentAuthorized": "Authorised: the amount is held",
    "paymentExecuted": "Paid",
    "paymentFailed": "Failed",
    "paymentCancelled": "Cancelled",
    "paymentExpired": "Expired",
    "retryRequested": "Tried again",
    "authorizationRetryRequested": "Authorisation tried again",
    "captureRequested": "Capture asked of the provider",
    "partialCaptureExecuted": "Captured in part",
    "capturePending": "The provider has not decided the capture yet",
    "captureFailed": "Capture failed",
    "cancelRequested": "Cancellation asked for",
    "cancelPending": "The provider has not decided the cancellation yet",
    "cancelFailed": "Cancellation failed",
    "refundRequested": "Refund asked of the provider",
    "refundPending": "The provider has not decided the refund yet",
    "refundFailed": "Refund failed",
    "partialRefundExecuted": "Refunded in part",
    "totalRefundExecuted": "Refunded in full",
    "refundReversed": "A refund came back",
    "totalRefundReversed": "A full refund came back",
    "chargebackOpened": "Charged back by the customer's bank",
    "chargebackWon": "Chargeback won",
    "notificationSent": "Customer notified",
    "notificationFailed": "The customer could not be notified",
    "linkRequested": "Payment link asked for",
    "linkCreated": "Payment link made",
    "sendNotification": "Notification asked for",
}
_STATES = {
    "READY": "is waiting to be sent",
    "OPEN": "is being sent",
    "SUCCEEDED": "succeeded",
    "DECLINED": "was declined",
    "PENDING": "is with the provider, not decided",
    "UNKNOWN": "was sent, and no usable answer is known",
    "REJECTED": "was refused as wrong",
    "NOT_SENT": "was not sent: the provider was not reached",
}


def event_words(event: str) -> str:
    """Say what a saga event means; the name itself, spaced, for those of a machine of one's own."""
    known = _EVENTS.get(canonical(event))
    if known:
        return known
    return label("".join(f" {letter.lower()}" if letter.isupper() else letter for letter in event))


def transition_words(transition: Transition) -> str:
    """Say what a transition was."""
    words = event_words(transition.event)
    return f"{words} (recorded only: the state has no way for it)" if transition.unexpected else words


def attempt_words(state: str) -> str:
    """Say how an attempt ended, or stands."""
    return _STATES.get(state, label(state))
