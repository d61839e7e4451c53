"""Read how a subscription stands, asking its PSP where that runs it or a payment is not decided."""

from payments.domain.subscription import RunBy, State
from payments.models import Subscription
from payments.services.status import read_status as read_payment

from . import provider_run


def read_status(subscription: Subscription, *, evidence: str = "") -> Subscription:
    """Return it as it stands; a PSP that does not answer leaves it as it was."""
    if subscription.state == State.PAYMENT_PENDING:
        payment = subscription.payments.filter(subscription_period=subscription.period).order_by("created_at").last()
        if payment is not None:
            read_payment(payment, evidence=evidence)
    elif subscription.run_by == RunBy.PROVIDER and not subscription.has_ended:
        provider_run.look(subscription.id)
    subscription.refresh_from_db()
    return subscription
