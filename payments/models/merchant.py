"""Who uses the hub: a principal owns projects, a project has keys."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from ._base import Mode, Row


class Standing(models.TextChoices):
    """Whether a merchant may act. Deleted ones keep their history."""

    ACTIVE = "active", _("Active")
    INACTIVE = "inactive", _("Inactive")
    DELETED = "deleted", _("Deleted")


class Scope(models.TextChoices):
    """What a key may do."""

    PAYMENTS = "payments", _("Pay, authorise, capture, cancel, refund and read")
    READ = "read", _("Read only")
    CHECKOUT = "checkout", _("One payment, from a browser")
    BACKOFFICE = "backoffice", _("Refund, expire, mail and bulk work for a backoffice")
    SAGA_DRIVE = "saga:drive", _("Drive sagas from an outside flow manager")


class Principal(Row):
    """A company: the top of what belongs together."""

    name = models.CharField(max_length=64, unique=True)
    standing = models.CharField(max_length=16, choices=Standing, default=Standing.ACTIVE)

    def __str__(self) -> str:
        return self.name


class Project(Row):
    """One shop of a principal; everything else is looked up inside a project and a mode."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="projects")
    name = models.CharField(max_length=64)
    standing = models.CharField(max_length=16, choices=Standing, default=Standing.ACTIVE)
    timezone = models.CharField(max_length=64, default="UTC")
    clock_offset = models.DurationField(
        default=dt.timedelta, help_text="How far the clock of its test mode was put forward."
    )
    refunds_charge_after_cancel = models.BooleanField(
        default=False,
        help_text="Whether a renewal that was charged after its subscription was cancelled is given back.",
    )
    callback_url = models.URLField(max_length=2000, blank=True)
    callback_secrets_sealed = models.TextField(blank=True, editable=False)
    previous_secret_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when callbacks are signed with the secret before this one too."
    )
    redirect_hosts = ArrayField(
        models.CharField(max_length=253),
        default=list,
        blank=True,
        db_default=Value([], ArrayField(models.CharField(max_length=253))),
        help_text="Hosts that customers may be sent back to, as shop.example or *.shop.example; empty: any in a call with "
        "a server's key, none in a browser's.",
    )
    browser_origins = ArrayField(
        models.CharField(max_length=255),
        default=list,
        blank=True,
        db_default=Value([], ArrayField(models.CharField(max_length=255))),
        help_text="Origins of the web pages that may use this project's browser keys.",
    )
    active_machine = models.ForeignKey(
        "payments.MachineDefinition", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        permissions = [("manage_project", "Can make and change projects and their principals")]
        constraints = [models.UniqueConstraint(fields=["principal", "name"], name="project_name_per_principal")]

    def __str__(self) -> str:
        return self.name


class ApiKey(Row):
    """A key of the order system: shown once, kept as a hash."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="api_keys")
    mode = models.CharField(max_length=4, choices=Mode)
    name = models.CharField(max_length=64)
    shown = models.CharField(max_length=24, help_text="The key's first characters, to tell keys apart.")
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope), default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API key"
        permissions = [("manage_apikey", "Can make, rotate and revoke API keys")]

    def __str__(self) -> str:
        return f"{self.name} ({self.shown}…)"
