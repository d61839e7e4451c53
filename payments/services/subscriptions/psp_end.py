"""Tell a PSP that a subscription has ended; what it does not hear is told again, less and less often."""

import datetime as dt
import logging
import uuid

from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import WrongState
from payments import locks
from payments.domain.attempt import ItemKind
from payments.domain.verdict import NoAnswer
from payments.models import Source, Subscription
from payments.saga.subscription import SubscriptionChange
from providers.types import Operation, Outcome

from ._ask_psp import ask_psp

logger = logging.getLogger(__name__)

_AGAIN = dt.timedelta(minutes=10)
_TELL_OPERATOR_AFTER = dt.timedelta(hours=24)


class TooLate(WrongState):
    """It has taken effect already."""

    code = "too_late"


def due(limit: int = 100) -> list[uuid.UUID]:
    """List subscriptions whose end a PSP has not heard of yet, oldest first."""
    waiting = Subscription.objects.filter(psp_end_due_at__lte=clock.now()).order_by("psp_end_due_at")
    return list(waiting.values_list("pk", flat=True)[:limit])


def tell_psp(subscription_id: uuid.UUID) -> bool:
    """Tell it; False where it has not heard. Ending twice is harmless, so any number of processes may do this."""
    subscription = Subscription.objects.select_related("provider_account", "project").get(pk=subscription_id)
    if subscription.psp_end_due_at is None:
        return True
    if not subscription.token:
        return _heard(subscription_id)  # there is nothing at the PSP to be ended yet
    later = not subscription.has_ended
    news = ask_psp(subscription, Operation.SUBSCRIPTION_EXPIRE, key="end", at_period_end=later)
    if isinstance(news, NoAnswer) or news[0].outcome in (Outcome.PENDING, Outcome.DECLINED):
        _put_off(subscription)
        return False
    return _heard(subscription_id)


def _heard(subscription_id: uuid.UUID) -> bool:
    Subscription.objects.filter(pk=subscription_id).update(psp_end_due_at=None)
    return True


def _put_off(subscription: Subscription) -> None:
    now = clock.now()
    with db.durable():
        locked = locks.subscription(subscription.id)
        if locked.psp_end_due_at is None:
            return
        since = locked.ended_at or locked.expire_requested_at or now
        locked.psp_end_due_at = now + _AGAIN
        change = SubscriptionChange(locked, source=Source.SYSTEM, evidence="psp-end")
        if now - since > _TELL_OPERATOR_AFTER:
            change.ask_operator(
                ItemKind.SUBSCRIPTION_STUCK,
                about=f"{locked.public_id}:end",
                next_step="Its provider has not confirmed the end for a day. End it in the provider's dashboard.",
                evidence={"provider": locked.provider},
            )
        change.save()
