"""Hear from somebody else that a payment of a subscription has finished, and look how it really stands."""

import uuid

from payments.domain.subscription import RunBy
from payments.models import Payment
from payments.services.status import read_status

from . import provider_run


def look_at(payment_id: uuid.UUID, *, evidence: str = "") -> None:
    """Ask the PSP about an undecided payment, and about charges that it made by itself where it runs the subscription.

    What the PSP says reaches the subscription with the payment's own change. A PSP that does not answer leaves
    everything as it was, and the reconciler asks again.
    """
    payment = Payment.objects.select_related("subscription", "project", "provider_account").get(pk=payment_id)
    read_status(payment, evidence=evidence)
    subscription = payment.subscription
    if subscription is not None and subscription.run_by == RunBy.PROVIDER and not subscription.has_ended:
        provider_run.look(subscription.id)
