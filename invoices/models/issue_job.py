"""What is to be looked at: a payment of which something happened that may need a document."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import clock
from payments.models import Payment, Project

from ._base import Row


class JobState(models.TextChoices):
    """A job that is done has no row."""

    DUE = "due", _("Due")
    HELD = "held", _("Held for an operator")


class IssueJob(Row):
    """One look at one payment. Inserted as the event is published (`event_id`), deleted when the look is over."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    event_id = models.UUIDField(null=True, unique=True)
    state = models.CharField(max_length=8, choices=JobState, default=JobState.DUE)
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    problem = models.CharField(max_length=32, blank=True)
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "invoice to issue"
        verbose_name_plural = "invoices to issue"
        indexes = [models.Index(fields=["due_at"], condition=Q(state="due"), name="issue_job_due")]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.payment_id}"
