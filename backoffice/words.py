"""The saga's events in the words of people."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.domain.events import canonical
from payments.models import Transition

from .display import label

_EVENTS = {
    "paymentCreated": gettext_lazy("Payment created"),
    "scheduleRequested": gettext_lazy("Payment asked of the provider"),
    "paymentAuthorizationRequested": gettext_lazy("Authorisation asked of the provider"),
    "paymentScheduled": gettext_lazy("The provider has it and has not decided yet"),
    "paymentAuthorized": gettext_lazy("Authorised: the amount is held"),
    "paymentExecuted": gettext_lazy("Paid"),
    "paymentFailed": gettext_lazy("Failed"),
    "paymentCancelled": gettext_lazy("Cancelled"),
    "paymentExpired": gettext_lazy("Expired"),
    "retryRequested": gettext_lazy("Tried again"),
    "authorizationRetryRequested": gettext_lazy("Authorisation tried again"),
    "captureRequested": gettext_lazy("Capture asked of the provider"),
    "partialCaptureExecuted": gettext_lazy("Captured in part"),
    "capturePending": gettext_lazy("The provider has not decided the capture yet"),
    "captureFailed": gettext_lazy("Capture failed"),
    "cancelRequested": gettext_lazy("Cancellation asked for"),
    "cancelPending": gettext_lazy("The provider has not decided the cancellation yet"),
    "cancelFailed": gettext_lazy("Cancellation failed"),
    "refundRequested": gettext_lazy("Refund asked of the provider"),
    "refundPending": gettext_lazy("The provider has not decided the refund yet"),
    "refundFailed": gettext_lazy("Refund failed"),
    "partialRefundExecuted": gettext_lazy("Refunded in part"),
    "totalRefundExecuted": gettext_lazy("Refunded in full"),
    "refundReversed": gettext_lazy("A refund came back"),
    "totalRefundReversed": gettext_lazy("A full refund came back"),
    "chargebackOpened": gettext_lazy("Charged back by the customer's bank"),
    "chargebackWon": gettext_lazy("Chargeback won"),
    "notificationSent": gettext_lazy("Customer notified"),
    "notificationFailed": gettext_lazy("The customer could not be notified"),
    "linkRequested": gettext_lazy("Payment link asked for"),
    "linkCreated": gettext_lazy("Payment link made"),
    "sendNotification": gettext_lazy("Notification asked for"),
}
_STATES = {
    "READY": gettext_lazy("is waiting to be sent"),
    "OPEN": gettext_lazy("is being sent"),
    "SUCCEEDED": gettext_lazy("succeeded"),
    "DECLINED": gettext_lazy("was declined"),
    "PENDING": gettext_lazy("is with the provider, not decided"),
    "UNKNOWN": gettext_lazy("was sent, and no usable answer is known"),
    "REJECTED": gettext_lazy("was refused as wrong"),
    "NOT_SENT": gettext_lazy("was not sent: the provider was not reached"),
}


def event_words(event: str) -> str:
    """Say what a saga event means; the name itself, spaced, for those of a machine of one's own."""
    known = _EVENTS.get(canonical(event))
    if known:
        return str(known)
    return label("".join(f" {letter.lower()}" if letter.isupper() else letter for letter in event))


def transition_words(transition: Transition) -> str:
    """Say what a transition was."""
    words = event_words(transition.event)
    return (
        _("%(words)s (recorded only: the state has no way for it)") % {"words": words}
        if transition.unexpected
        else words
    )


def attempt_words(state: str) -> str:
    """Say how an attempt ended, or stands."""
    return str(_STATES.get(state) or label(state))
