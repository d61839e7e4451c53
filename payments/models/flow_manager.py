"""What an outside Flow Manager commands, what it is told, and the sagas that this hub manages for others."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import ids

from ._base import Mode, Row
from .merchant import Project
from .payment import Payment


class FlowSaga(Row):
    """A saga that was created through `/fm/saga`. Its payment, made when the first command is asked for, has its id."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    associated_entity_id = models.CharField(max_length=255)
    metadata = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The saga's id as the world sees it: its payment's."""
        return ids.public_id(ids.PAYMENT, self.id)


class FlowStep(models.TextChoices):
    """What a Flow Manager may command."""

    PAY = "pay", _("Pay")
    REFUND = "refund", _("Refund")
    LINK = "link", _("Payment link")
    SUBSCRIPTION_SCHEDULE = "sub_schedule", _("Schedule a subscription")
    SUBSCRIPTION_START = "sub_start", _("Start a subscription")
    SUBSCRIPTION_PAY = "sub_pay", _("Charge a subscription")
    SUBSCRIPTION_AUTHORIZATION = "sub_authorize", _("Ask for consent to a subscription")


class FlowCommandState(models.TextChoices):
    """How far a command got."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")


class FlowCommand(Row):
    """One command of an outside Flow Manager. The same saga, step and `identity` are the same command, however often it
    comes. `payload` is the saga's metadata as it came along, without providerData."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    saga_id = models.CharField(max_length=255)
    step = models.CharField(max_length=16, choices=FlowStep)
    identity = models.CharField(max_length=255, blank=True)
    label = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    has_provider_data = models.BooleanField(default=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="flow_commands")
    evidence = models.CharField(max_length=255, blank=True)
    actor = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=16, choices=FlowCommandState, default=FlowCommandState.WAITING)
    error = models.CharField(max_length=255, blank=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "mode", "saga_id", "step", "identity"], name="flow_command_once")
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state=FlowCommandState.WAITING), name="flow_command_due")
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.saga_id}"


class FlowEvent(Row):
    """One event for an outside Flow Manager. The events of a saga are told in the order of their numbers."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    saga_id = models.CharField(max_length=255)
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="flow_events")
    about = models.CharField(max_length=64, blank=True, help_text="The step, or refund, that the event is about.")
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveIntegerField(null=True, blank=True)
    error = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "mode", "saga_id", "number"], name="flow_event_number")
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(taken_at=None), name="flow_event_due"),
            models.Index(
                fields=["project", "mode", "saga_id", "number"], condition=Q(taken_at=None), name="flow_event_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} #{self.number} of {self.saga_id}"

    @property
    def public_id(self) -> str:
        """The event's id as the Flow Manager sees it; the same in every try."""
        return ids.public_id(ids.EVENT, self.id)
