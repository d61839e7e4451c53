"""An export of a list: who asked for which rows, how far it is, and where its file lies."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import clock, ids


class ExportState(models.TextChoices):
    """How far it got. Streamed ones were answered at once and have no file here."""

    DUE = "due", _("Waits for a worker")
    RUNNING = "running", _("Being written")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Deleted")


UNFINISHED = (ExportState.DUE, ExportState.RUNNING)


class ExportJob(models.Model):
    """One export that a worker makes. `query` is the list's query string, `columns` their names in the file's order.

    A worker takes it until `due_at`; `tries` tells its runs apart, so that one that was overtaken writes nothing any more.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_uuid, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    address = models.GenericIPAddressField(null=True, blank=True)
    audit_id = models.UUIDField(editable=False)
    list = models.CharField(max_length=32)
    query = models.TextField(blank=True)
    columns = ArrayField(models.CharField(max_length=64))
    format = models.CharField(max_length=16)
    bom = models.BooleanField(default=False)
    decimal_comma = models.BooleanField(default=False)

    state = models.CharField(max_length=16, choices=ExportState, default=ExportState.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    rows_wanted = models.PositiveIntegerField(default=0)
    rows_written = models.PositiveIntegerField(default=0)
    projects = ArrayField(
        models.UUIDField(), null=True, blank=True, editable=False, help_text="Whose rows are in the file; empty: all."
    )
    stored_name = models.CharField(max_length=128, blank=True, editable=False)
    shown_name = models.CharField(max_length=128, blank=True)
    size = models.BigIntegerField(null=True, blank=True)
    problem = models.CharField(max_length=255, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [("export_rows", "Can export lists")]
        indexes = [
            models.Index(fields=["user", "created_at"], name="export_by_user"),
            models.Index(fields=["due_at"], condition=Q(state__in=UNFINISHED), name="export_due"),
            models.Index(fields=["expires_at"], condition=Q(state=ExportState.READY), name="export_to_expire"),
        ]

    def __str__(self) -> str:
        return f"Export {self.list} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.state in UNFINISHED

    @property
    def share(self) -> int:
        """How much of it is written, in percent; never 100 before its file is there."""
        if self.state == ExportState.READY:
            return 100
        return min(99, 100 * self.rows_written // self.rows_wanted) if self.rows_wanted else 0
