"""End what waited too long for its customer, or for being sent again. What is in doubt never ends by time."""

import contextlib
import datetime as dt
import uuid

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import HubError
from payments import locks
from payments.attempts import provider_data, reconcile
from payments.domain.attempt import UNDECIDED, ItemKind
from payments.models import Payment, Source
from payments.saga import advance as saga
from payments.saga.change import Change
from payments.selectors.attempts import paying_attempt

from .cancel import expire
from .ordering import By, asked_elsewhere

BY_TIME = By(source=Source.SYSTEM, evidence="expiry")


def due_for_expiry(*, limit: int = 200) -> list[uuid.UUID]:
    """List unpaid payments whose time is over, the oldest first."""
    over = Payment.objects.filter(expires_at__lte=clock.now(), captured=0, claimed_shop_transaction_id__isnull=False)
    over = over.filter(authorized=0)  # held money waits for nobody
    return list(over.order_by("expires_at").values_list("pk", flat=True)[:limit])


def expire_payment(payment_id: uuid.UUID) -> bool:
    """Expire one payment; tell whether it has ended.

    The PSP is asked first: a customer may have paid in the last moment. A session that is still open is closed there, so
    that nobody can pay it any more, before the payment counts as expired.
    """
    payment = Payment.objects.select_related("provider_account").get(pk=payment_id)
    attempt = paying_attempt(payment_id)
    if attempt is not None and attempt.is_undecided:
        reconcile.check(attempt.id, source=Source.SYSTEM, evidence="expiry")
        attempt.refresh_from_db()
    if attempt is not None and attempt.is_undecided:
        # In doubt, or not reached: it stays due.
        with contextlib.suppress(HubError):
            expire(payment, BY_TIME)
    else:
        _expire_unsent(payment_id)
    payment.refresh_from_db()
    ended = payment.claimed_shop_transaction_id is None
    if not ended:
        _put_off(payment)
    return ended


def _put_off(payment: Payment) -> None:
    """Look again after a pause that grows with the time it is over, so that it neither hides others nor floods the PSP."""
    if payment.expires_at is None:
        return
    now = clock.now()
    pause = min(dt.timedelta(hours=1), max(dt.timedelta(minutes=2), (now - payment.created_at) / 4))
    Payment.objects.filter(pk=payment.pk, expires_at=payment.expires_at, expires_at__lte=now).update(
        expires_at=now + pause
    )


def _expire_unsent(payment_id: uuid.UUID) -> None:
    """End a payment of which nothing was ever sent, or nothing waits any more."""
    with db.durable():
        payment = locks.payment(payment_id)
        waits = payment.attempts.filter(state__in=UNDECIDED).exists() or asked_elsewhere(payment)
        over = payment.expires_at is not None and payment.expires_at <= clock.now()
        if waits or not over or payment.captured or payment.authorized or payment.claimed_shop_transaction_id is None:
            return
        change = Change(payment, source=Source.SYSTEM, evidence="expiry")
        if saga.advance(change, ["paymentExpired", "paymentFailed"]) is None:
            payment.expires_at = None
            change.ask_operator(
                ItemKind.STEP_FAILED,
                about=f"{payment.public_id}:expiry",
                next_step="Its time is over, and the machine cannot end it from this state. Cancel it, or feed the event "
                "that its step owes; then give the machine a way for paymentExpired.",
                evidence={"state": payment.state, "machine": f"{payment.machine} {payment.machine_version}"},
            )
        change.save()
    provider_data.erase(payment_id)
