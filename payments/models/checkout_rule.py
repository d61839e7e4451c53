"""What a customer is offered: the rules of a project, and the limits of each method of a provider account."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ._base import Mode, Row
from .merchant import Project
from .provider_account import ProviderAccount


class CheckoutRule(Row):
    """One rule of a project and mode; `definition` holds its conditions and its response as they were sent."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="checkout_rules", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    rule_id = models.CharField(max_length=64)
    type = models.CharField(max_length=64)
    priority = models.IntegerField()
    definition = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [("edit_checkoutrule", "Can change checkout rules")]
        constraints = [models.UniqueConstraint(fields=["project", "mode", "rule_id"], name="checkout_rule_id")]

    def __str__(self) -> str:
        return self.rule_id


class MethodLimit(Row):
    """For whom an account's method is: amounts by currency (minor units), countries, devices. Empty: no limit."""

    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="limits", db_index=False)
    method = models.CharField(max_length=32)
    amounts = models.JSONField(
        default=dict, blank=True, help_text='{"EUR": {"min": 100, "max": 500000}}; with any, other currencies are out.'
    )
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    devices = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [("edit_methodlimit", "Can change the limits of payment methods")]
        constraints = [models.UniqueConstraint(fields=["account", "method"], name="method_limit_once")]

    def __str__(self) -> str:
        return f"{self.account}: {self.method}"
