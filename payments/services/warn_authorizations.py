"""Warn of held money that is about to be lost: an authorisation ends by itself if nobody captures it."""

import datetime as dt

from django.conf import settings
from django.db.models import Exists, F, OuterRef

from paymenthub.kernel import clock
from payments.domain.attempt import ItemKind
from payments.models import OperatorItem, Payment


def warn_of_expiring_authorizations(*, limit: int = 500) -> int:
    """Put payments before an operator whose authorisation ends within AUTHORIZATION_WARNING_HOURS; return how many were
    looked at. The same payment is one item while it is open."""
    soon = clock.now() + dt.timedelta(hours=settings.AUTHORIZATION_WARNING_HOURS)
    ending = Payment.objects.filter(
        authorization_expires_at__lte=soon, authorized__gt=F("captured"), claimed_shop_transaction_id__isnull=False
    )
    told = OperatorItem.objects.filter(payment=OuterRef("pk"), kind=ItemKind.AUTHORIZATION_EXPIRES)
    ending = ending.filter(~Exists(told)).order_by("authorization_expires_at")[:limit]
    items = [
        OperatorItem(
            project_id=payment.project_id,
            payment=payment,
            kind=ItemKind.AUTHORIZATION_EXPIRES,
            about=payment.public_id,
            next_step="Capture what was delivered, or cancel to set the customer's money free.",
            evidence={
                "authorizationExpiresAt": payment.authorization_expires_at
                and payment.authorization_expires_at.isoformat(),
                "capturable": payment.capturable,
                "currency": payment.currency,
            },
        )
        for payment in ending
    ]
    OperatorItem.objects.bulk_create(items, ignore_conflicts=True)  # open once, by its unique constraint
    return len(items)
