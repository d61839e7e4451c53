"""Cancel: on the renewal day by default, or at once. The subscription's row lock decides against a renewal."""

import uuid

from paymenthub.kernel import clock, db
from payments import locks
from payments.domain.subscription import EndReason, RunBy, State, Word
from payments.models import Subscription
from payments.saga import subscription as saga
from payments.saga.subscription import SubscriptionChange
from payments.services.ordering import By

from . import psp_end
from ._schedule import look_again, now_of
from .ending import end, tell_psp_soon


def cancel(
    subscription_id: uuid.UUID, *, at_once: bool = False, reason: str = "", by: By | None = None
) -> Subscription:
    """End a subscription for good: when what is paid is over (`expire_requested`), or `at_once`.

    What has not been paid yet, is past due or is paused ends at once, since nothing paid is left. A renewal that the
    lock gave precedence to may still be charged: then that is put before a person. Safe to repeat. The PSP is told after
    the commit, and again by the hub until it has heard.
    """
    by = by or By()

    def once() -> Subscription:
        with db.durable():
            subscription = locks.subscription(subscription_id)
            if subscription.has_ended or (subscription.expire_requested and not at_once):
                return subscription
            change = SubscriptionChange(subscription, by.source, evidence=by.evidence, actor=by.actor)
            now = now_of(subscription)
            if subscription.expire_requested_at is None:
                subscription.expire_requested, subscription.expire_requested_at = True, clock.now()
            if at_once or not _has_time_left(subscription):
                end(change, EndReason.REQUEST, at=now, facts={"note": reason or None})
            else:
                saga.advance(change, "update")
                if subscription.run_by == RunBy.PROVIDER:
                    tell_psp_soon(subscription)  # before its next charge; what is paid goes on here until its day
                look_again(subscription, now)
                change.tell(Word.CANCEL_REQUESTED, note=reason or None)
            change.save()
            return subscription

    subscription = db.retry_serialization(once)
    if subscription.psp_end_due_at is not None:
        psp_end.tell_psp(subscription_id)
        subscription.refresh_from_db()
    return subscription


def withdraw(subscription_id: uuid.UUID, *, by: By | None = None) -> Subscription:
    """Take a cancellation back that has not taken effect; nothing where there is none. Raises WrongState too late."""
    by = by or By()
    with db.durable():
        subscription = locks.subscription(subscription_id)
        if subscription.has_ended or (subscription.expire_requested and subscription.run_by == RunBy.PROVIDER):
            raise psp_end.TooLate("This cancellation has taken effect, at the provider at least.")
        if subscription.expire_requested:
            subscription.expire_requested, subscription.expire_requested_at = False, None
            change = SubscriptionChange(subscription, by.source, evidence=by.evidence, actor=by.actor)
            saga.advance(change, "update")
            look_again(subscription, now_of(subscription))
            change.tell(Word.CHANGED, changed=["expireRequested"])
            change.save()
        return subscription


def _has_time_left(subscription: Subscription) -> bool:
    """Tell whether something was paid whose time is not over."""
    if subscription.paused_at is not None or subscription.paid_until_period == 0:
        return False
    return subscription.state in (State.ACTIVE, State.PAYMENT_PENDING) and subscription.dunning_step == 0
