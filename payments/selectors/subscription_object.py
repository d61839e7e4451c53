"""The subscription object: what status calls and callbacks say of a subscription."""

from typing import Any

from payments.domain.subscription import EndReason, RunBy, State
from payments.models import Subscription
from providers.types import SubscriptionStatus as Status

_BY_STATE = {
    State.CREATED: Status.PENDING,
    State.ACTIVE: Status.ACTIVE,
    State.PAYMENT_FAILED: Status.PAST_DUE,
    State.ABORTED: Status.CANCELED,
}
_CANCELED = (EndReason.REQUEST, EndReason.DUNNING, EndReason.FIRST_PAYMENT)


def status_of(subscription: Subscription) -> Status:
    """Say in the API's six words how it stands: while a later payment is pending it stands as before that."""
    state = subscription.state
    if state == State.PAYMENT_PENDING:
        if not subscription.period or subscription.paid_until_period == 0:
            return Status.PENDING
        return Status.PAST_DUE if subscription.dunning_step else Status.ACTIVE
    if state == State.EXPIRED:
        return Status.CANCELED if subscription.end_reason in _CANCELED else Status.EXPIRED
    try:
        return _BY_STATE[State(state)]
    except (ValueError, KeyError):
        return Status.UNKNOWN


def subscription_object(subscription: Subscription) -> dict[str, Any]:
    """Make the JSON object; amounts are minor units, dates the project's."""
    upcoming = None if subscription.has_ended else subscription.next_payment_on
    return {
        "status": status_of(subscription).value,
        "subscriptionId": subscription.public_id,
        "subscriptionToken": subscription.token or subscription.public_id,
        "shopSubscriptionId": subscription.shop_subscription_id,
        "shopTransactionId": subscription.shop_transaction_id,
        "providerName": subscription.provider,
        "paymentMethod": subscription.method,
        "state": subscription.state,
        "runBy": RunBy(subscription.run_by).value,
        "amount": subscription.amount,
        "currency": subscription.currency,
        "interval": subscription.interval,
        "intervalCount": subscription.interval_count,
        "period": subscription.period,
        "paymentsMade": subscription.payments_made,
        "nextPaymentDate": upcoming.isoformat() if upcoming else None,
        "expirationDate": subscription.ends_on.isoformat() if subscription.ends_on else None,
        "expireRequested": subscription.expire_requested,
        "paused": subscription.paused_at is not None,
        "endReason": subscription.end_reason or None,
    }
