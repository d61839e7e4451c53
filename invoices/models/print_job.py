"""A document that a caller wants printed and that nobody keeps: POST /print-pdf."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import clock
from payments.models import Mode, Project

from ._base import Row


class PrintState(models.TextChoices):
    """How far it got."""

    DUE = "due", _("Due")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class PrintJob(Row):
    """One request and its PDF, for PRINT_PDF_KEEP seconds. The same body again (`digest`) is the same job."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    digest = models.CharField(max_length=128)
    document = models.JSONField()
    logo_digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=PrintState, default=PrintState.DUE)
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    pdf = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "mode", "digest"], name="print_job_once")]
        indexes = [models.Index(fields=["created_at"], name="print_job_by_time")]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.pk}"
