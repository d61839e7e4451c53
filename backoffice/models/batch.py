"""Actions on many rows at once: what was chosen, how each row was judged, and how each one went."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import clock, ids
from payments.models import AuditOutcome, Payment, Project


class BatchState(models.TextChoices):
    """How far a batch is. Whatever is not a draft is never begun a second time."""

    DRAFT = "draft", _("Not begun")
    ASKED = "asked", _("Waits for a second person")
    RUNNING = "running", _("Running")
    DONE = "done", _("Finished")
    STOPPED = "stopped", _("Stopped")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")


class ActionBatch(models.Model):
    """One action on many rows. It is a draft until its confirm page was sent; its key is the page's one-time token."""

    id = models.UUIDField(primary_key=True, default=ids.new_uuid, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    kind = models.CharField(max_length=32)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: of several."
    )
    state = models.CharField(max_length=16, choices=BatchState, default=BatchState.DRAFT)
    reason = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=500, blank=True)
    options = models.JSONField(default=dict, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        default_permissions = ("view",)
        indexes = (
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="action_batch_running"),
            models.Index(fields=["owner", "id"], name="action_batch_by_owner"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"


class RowState(models.TextChoices):
    """How far a row of a batch is."""

    WAITING = "waiting", _("Waiting")
    LEFT_OUT = "left_out", _("Left out")
    ENDED = "ended", _("Ended")


class BatchRow(models.Model):
    """One row: what it is about, and how it ended.

    The row's key is the place of its audit entry (`AuditEntry.object_id`, number 1), which is claimed in the transaction
    that writes the work down: so no row is worked on twice, whoever runs the batch. `amount` (minor units) is what the
    confirm page showed.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_uuid, editable=False)
    batch = models.ForeignKey(ActionBatch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    target = models.UUIDField()
    named = models.CharField(max_length=255)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    amount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=16, choices=RowState, default=RowState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=16, choices=AuditOutcome, blank=True)
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        constraints = (
            models.UniqueConstraint(fields=["batch", "number"], name="batch_row_number"),
            models.UniqueConstraint(fields=["batch", "target"], name="batch_row_target"),
        )

    def __str__(self) -> str:
        return f"{self.batch_id} #{self.number}"
