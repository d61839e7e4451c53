"""What the saga asks of others than a PSP: written with the transition that asks for it, carried out by a worker."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import clock

from ._base import Row
from .attempt import Attempt
from .merchant import Project
from .payment import Payment


class SagaCommandState(models.TextChoices):
    """How far it got."""

    DUE = "due", _("Due")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class SagaCommand(Row):
    """One command or side effect of a state that was entered. Its id stays the same in every try.

    `transition_number` names the transition that entered the state, `position` is 0 for the state's command and counts
    its side effects from 1.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="commands", db_index=False)
    transition_number = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField()
    channel = models.TextField()
    label = models.TextField()
    is_side_effect = models.BooleanField()
    attempt = models.ForeignKey(
        Attempt,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The operation that goes to an outside channel with it, where the channel is a provider's by its name.",
    )
    state = models.CharField(max_length=16, choices=SagaCommandState, default=SagaCommandState.DUE)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    due_since = models.DateTimeField(default=clock.now, help_text="From when on its tries are counted in time.")
    last_error = models.CharField(max_length=255, blank=True)
    answer = models.CharField(max_length=64, blank=True, help_text="The event that it was answered with.")
    log = models.JSONField(default=list, blank=True, help_text="The last tries, in short.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("retry_sagacommand", "Can have a failed step tried again")]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "transition_number", "position"], name="saga_command_once_per_transition"
            )
        ]
        indexes = [
            # The relay's backlog: its cost follows what is due, not the history.
            models.Index(fields=["next_try_at"], condition=Q(state=SagaCommandState.DUE), name="saga_command_due"),
            models.Index(fields=["created_at"], condition=Q(state=SagaCommandState.FAILED), name="saga_command_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}/{self.label}"
