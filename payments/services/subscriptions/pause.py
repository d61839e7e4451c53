"""Pause: nothing is charged until it is resumed."""

import uuid

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import OperationInProgress, UnsupportedOperation, WrongState
from payments import locks
from payments.domain.subscription import RunBy, State, Word
from payments.models import Subscription
from payments.saga import subscription as saga
from payments.saga.subscription import SubscriptionChange
from payments.services.ordering import By

from ._schedule import look_again, now_of


def pause(subscription_id: uuid.UUID, *, reason: str = "", by: By | None = None) -> Subscription:
    """Stop charging; safe to repeat. Raises WrongState for what is past due or has ended, OperationInProgress while a
    payment is on its way or in doubt, UnsupportedOperation where the PSP charges by itself."""
    by = by or By()
    with db.durable():
        subscription = locks.subscription(subscription_id)
        if subscription.paused_at is not None and not subscription.has_ended:
            return subscription
        if subscription.run_by == RunBy.PROVIDER:
            raise UnsupportedOperation(
                "The provider charges this subscription by itself and cannot be paused from here."
            )
        if subscription.state == State.PAYMENT_PENDING:
            raise OperationInProgress("A payment of this subscription is not decided yet.")
        if subscription.state != State.ACTIVE:
            raise WrongState(f"This subscription cannot be paused: it is {subscription.state}.")
        change = SubscriptionChange(subscription, by.source, evidence=by.evidence, actor=by.actor)
        subscription.paused_at = clock.now()
        saga.advance(change, "update")
        look_again(subscription, now_of(subscription))
        change.tell(Word.PAUSED, note=reason or None)
        change.save()
        return subscription
