"""How much a person or a role may refund alone, and what holding a role asks of a person."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _


class RolePolicy(models.Model):
    """What a role (a group of users) asks of those who hold it. A role without a row asks for nothing."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="hub_policy")
    two_factor = models.BooleanField(
        _("second factor required"),
        default=False,
        help_text=_("Whoever holds the role sets up a second factor before anything else."),
    )
    refunds_limited = models.BooleanField(
        _("refunds limited"),
        default=False,
        help_text=_("Whoever holds the role refunds alone only up to a limit; in a currency without one: nothing."),
    )

    class Meta:
        default_permissions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.group)


class RefundLimit(models.Model):
    """The most that a person, or whoever holds a role, may refund alone in one refund; minor units."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="refund_limits")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="refund_limits"
    )
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta:
        default_permissions: tuple[str, ...] = ()
        constraints: list[Any] = [
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
