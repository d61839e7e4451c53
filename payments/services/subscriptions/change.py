"""Change the means of payment: its customer sets another one up in the checkout, and it is charged from then on."""

import datetime as dt
import uuid

from django.conf import settings

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import UnsupportedOperation, WrongState
from payments import locks
from payments.domain.subscription import RunBy, State
from payments.models import Payment, Subscription
from payments.saga import advance as payment_saga
from payments.saga.change import Change
from payments.services.ordering import By

from ._charge import new_payment


def change_method(subscription_id: uuid.UUID, *, by: By | None = None) -> Payment:
    """Return an open payment in whose checkout the customer sets another means up; the same one while it is open.

    It is of 0, or the one that waits for its customer already. What is past due is tried again as soon as the new means
    are there. Raises WrongState, and UnsupportedOperation where the PSP charges by itself.
    """
    by = by or By()
    with db.durable():
        subscription = locks.subscription(subscription_id)
        _refuse(subscription)
        known = _open(subscription)
        if known is not None:
            return known
        number = subscription.payments.filter(subscription_period=None).count() + 1
        payment = new_payment(
            subscription,
            None,
            0,
            account=None,
            method="",
            shop_transaction_id=f"{subscription.shop_transaction_id}-m{number}",
        )
        payment.in_checkout = True
        payment.checkout_ends_at = clock.now() + dt.timedelta(hours=settings.CHECKOUT_HOURS)
        payment.expires_at = payment.checkout_ends_at
        opened = Change(payment, source=by.source, is_new=True, evidence=by.evidence, actor=by.actor)
        payment_saga.create(opened)
        opened.save()
        return payment


def _refuse(subscription: Subscription) -> None:
    if subscription.has_ended or subscription.state == State.CREATED or subscription.paid_until_period == 0:
        raise WrongState(f"The method of this subscription cannot be changed: it is {subscription.state}.")
    if subscription.run_by == RunBy.PROVIDER:
        raise UnsupportedOperation("The provider charges this subscription by itself: change the method there.")


def _open(subscription: Subscription) -> Payment | None:
    """Find the payment that waits for this customer: of the period that needs them, else of an earlier change."""
    waiting = subscription.payments.filter(
        in_checkout=True,
        claimed_shop_transaction_id__isnull=False,
        captured=0,
        winning_attempt=None,
        checkout_ends_at__gt=clock.now(),
    )
    return waiting.order_by("subscription_period", "-created_at").first()
