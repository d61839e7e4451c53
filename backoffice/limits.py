"""How much a person may refund alone."""

from django.contrib.auth.models import User
from django.db.models import Q

from .models import RefundLimit, RolePolicy


def refund_limit(user: User, currency: str) -> int | None:
    """Return the most that a person may refund alone in one refund, in minor units; None: as much as is refundable.

    The highest of the person's own limit and those of their roles. Whoever is limited at all, by a limit in any
    currency or by a role that asks for limits, may refund nothing in a currency that no limit names. Superusers are
    not limited.
    """
    if user.is_superuser:
        return None
    limits = list(RefundLimit.objects.filter(Q(user=user) | Q(group__user=user)).values_list("currency", "amount"))
    limited = limits or RolePolicy.objects.filter(group__user=user, refunds_limited=True).exists()
    if not limited:
        return None
    return max((amount for code, amount in limits if code == currency), default=0)
