"""Who came in and who looked at what: append-only by trigger; only what is old may be deleted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import clock
from payments.models import Project


class AccessKind(models.TextChoices):
    """What happened."""

    SIGNED_IN = "signed_in", _("Signed in")
    FAILED = "failed", _("Wrong name or password")
    LOCKED = "locked", _("Locked after wrong passwords")
    SECOND_FACTOR = "second_factor", _("Second step passed")
    RECOVERY_CODE = "recovery_code", _("Second step passed with a recovery code")
    WRONG_CODE = "wrong_code", _("Wrong code at the second step")
    SIGNED_OUT = "signed_out", _("Signed out")
    VIEWED = "viewed", _("Viewed")


class AccessRecord(models.Model):
    """One sign-in, or one look at one object in one hour.

    People are named and numbered, not referred to: the row outlives them. `hour` is there for views only, whose rows
    are one a person, object and hour.
    """

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    kind = models.CharField(max_length=16, choices=AccessKind)
    actor = models.CharField(max_length=150)
    actor_id = models.BigIntegerField(null=True, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=300, blank=True)
    object_type = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=128, blank=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    hour = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("sign-in or view")
        verbose_name_plural = _("sign-ins and views")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["created_at"], name="access_record_time")]
        constraints = [
            models.UniqueConstraint(fields=["actor_id", "object_type", "object_id", "hour"], name="access_view_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.actor}"
