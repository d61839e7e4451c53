"""Give back what was charged after a subscription had ended, where the project's settings say so."""

import datetime as dt
import logging
import uuid

from paymenthub.kernel import clock
from paymenthub.kernel.errors import HubError
from payments.models import Source, SubscriptionPeriod
from payments.services.ordering import By
from payments.services.refund import RefundCommand, refund

logger = logging.getLogger(__name__)

BATCH = "charged-after-cancel"
_AGAIN = dt.timedelta(hours=1)


def due(limit: int = 100) -> list[uuid.UUID]:
    """List periods whose charge is to be given back, oldest first."""
    waiting = SubscriptionPeriod.objects.filter(refund_due_at__lte=clock.now()).order_by("refund_due_at")
    return list(waiting.values_list("pk", flat=True)[:limit])


def give_back(period_id: uuid.UUID) -> bool:
    """Refund it once: a second call finds the first one's refund. False where that could not be asked for now."""
    period = SubscriptionPeriod.objects.select_related("payment__provider_account", "payment__project").get(
        pk=period_id
    )
    payment = period.payment
    if payment is None or period.refund_due_at is None:
        return True
    if payment.refundable:
        command = RefundCommand(payment, payment.money, reason="subscription_cancelled", batch_id=BATCH)
        try:
            refund(command, By(source=Source.SYSTEM, evidence=BATCH))
        except HubError as error:
            logger.warning("a charge after a cancel is not refunded yet", extra={"cause": error.code})
            SubscriptionPeriod.objects.filter(pk=period_id).update(refund_due_at=clock.now() + _AGAIN)
            return False
    SubscriptionPeriod.objects.filter(pk=period_id).update(refund_due_at=None)
    return True
