"""A merchant's account at a provider."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import ids

from ._base import Mode, Row
from .merchant import Project


class AccountStanding(models.TextChoices):
    """Active; inactive: nothing new, what runs goes on; disabled: blocks too, but status and refunds go on."""

    ACTIVE = "active", _("Active")
    INACTIVE = "inactive", _("Inactive")
    DISABLED = "disabled", _("Disabled")


class ProviderAccount(Row):
    """Credentials (sealed) and methods of one project and mode at one provider. Never deleted while payments name it."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="provider_accounts")
    mode = models.CharField(max_length=4, choices=Mode)
    provider = models.CharField(max_length=32)
    name = models.CharField(max_length=64)
    config_sealed = models.TextField(editable=False)
    previous_config_sealed = models.TextField(blank=True, editable=False)
    previous_config_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when notifications are taken under the settings before these too."
    )
    config_changed_at = models.DateTimeField(null=True, blank=True, help_text="When the settings were replaced.")
    methods = ArrayField(models.CharField(max_length=32), default=list)
    standing = models.CharField(max_length=16, choices=AccountStanding, default=AccountStanding.ACTIVE)
    is_default = models.BooleanField(default=True)
    webhook_token = models.CharField(max_length=64, unique=True, default=ids.random_token, editable=False)
    external_id = models.CharField(max_length=128, blank=True, help_text="The account's own id at the provider.")

    class Meta:
        permissions = [("manage_provideraccount", "Can make, change and test provider accounts")]
        constraints = [
            models.UniqueConstraint(fields=["project", "mode", "provider", "name"], name="provider_account_name"),
            models.UniqueConstraint(
                fields=["project", "mode", "provider"],
                condition=Q(is_default=True),
                name="provider_account_one_default",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name} ({self.mode})"
