"""What goes to the event bus, what came from it, and what of it nobody understood."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ._base import Mode, Row
from .merchant import Project
from .order_intent import OrderIntent


class BusMessage(Row):
    """One message for the bus, written in the transaction of its change. `number` orders those of one payment (`subject`).

    `once_key` names what it tells, so that nothing is told twice.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    subject = models.UUIDField()
    number = models.PositiveIntegerField()
    once_key = models.CharField(max_length=80)
    type = models.CharField(max_length=64)
    data = models.JSONField()
    published_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="bus_message_number"),
            models.UniqueConstraint(fields=["subject", "once_key"], name="bus_message_once"),
        ]
        indexes = [models.Index(fields=["subject", "number"], condition=Q(published_at=None), name="bus_unpublished")]

    def __str__(self) -> str:
        return f"{self.type} #{self.number}"


class BusState(models.TextChoices):
    """How far a message from the bus got."""

    DONE = "done", _("Done")
    WAITING = "waiting", _("Its order is not known yet")


class BusReceipt(Row):
    """One message that was taken from the bus. The same id of the same source is taken once; its row is never deleted.

    `data` is what was validated, without `providerData`.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    source = models.CharField(max_length=255)
    message_id = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    type = models.CharField(max_length=64)
    data = models.JSONField()
    order_id = models.UUIDField(null=True, blank=True)
    intent = models.ForeignKey(OrderIntent, on_delete=models.PROTECT, null=True, blank=True, related_name="receipts")
    state = models.CharField(max_length=16, choices=BusState)
    outcome = models.CharField(max_length=255, blank=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "mode", "source", "message_id"], name="bus_receipt_once")
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state=BusState.WAITING), name="bus_receipt_due"),
            models.Index(
                fields=["project", "mode", "order_id"], condition=Q(state=BusState.WAITING), name="bus_receipt_by_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class BusDeadLetter(Row):
    """A message that could not be taken, with the reason. `body_sealed` is empty where it must not be kept.

    The same body waits once: one that is delivered again before it was acknowledged is the same dead letter.
    """

    queue = models.CharField(max_length=255)
    type = models.CharField(max_length=128, blank=True)
    reason = models.CharField(max_length=500)
    headers = models.JSONField(default=dict)
    body_sealed = models.TextField(blank=True, editable=False)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], condition=Q(replayed_at=None), name="bus_dead_letter_waits_once")
        ]

    def __str__(self) -> str:
        return f"{self.type or 'message'}: {self.reason}"
