"""How much a person or a role may refund alone."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models


class RefundLimit(models.Model):
    """The most that a person, or whoever holds a role, may refund alone in one refund; minor units."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="refund_limits")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="refund_limits"
    )
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(group=None, user__isnull=False) | models.Q(group__isnull=False, user=None),
                name="refund_limit_of_one",
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="refund_limit_not_negative"),
            models.UniqueConstraint(fields=["group", "currency"], name="refund_limit_of_group_once"),
            models.UniqueConstraint(fields=["user", "currency"], name="refund_limit_of_user_once"),
        ]

    def __str__(self) -> str:
        return f"{self.group or self.user} {self.amount} {self.currency}"
