"""What must go out: written in the same transaction as the change it tells of."""

from django.db import models
from django.db.models import Q

from paymenthub.kernel import ids

from ._base import Mode, Row
from .merchant import Project
from .payment import Payment
from .subscription import Subscription


class OutboxEvent(Row):
    """One domain event of a payment or of a subscription. `sequence` orders the events of one, without holes."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="events", db_index=False
    )
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, blank=True, related_name="events", db_index=False
    )
    mode = models.CharField(max_length=4, choices=Mode)
    sequence = models.PositiveIntegerField()
    type = models.CharField(max_length=64)
    body = models.JSONField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "sequence"], name="outbox_event_sequence"),
            models.UniqueConstraint(
                fields=["subscription", "sequence"],
                condition=Q(subscription__isnull=False),
                name="outbox_event_subscription_sequence",
            ),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, subscription__isnull=True)
                | Q(payment__isnull=True, subscription__isnull=False),
                name="outbox_event_about_one",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(published_at=None), name="outbox_unpublished"),
            models.Index(fields=["project", "mode", "created_at", "id"], name="outbox_by_time"),
            models.Index(fields=["project", "mode", "type", "created_at", "id"], name="outbox_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.sequence}"

    @property
    def about(self) -> Payment | Subscription:
        """What it tells of."""
        about = self.payment or self.subscription
        assert about is not None, "an event is about one of them"  # noqa: S101 - by constraint; for the type checker
        return about

    @property
    def public_id(self) -> str:
        """The event's id as receivers see it; the same in every try."""
        return ids.public_id(ids.EVENT, self.id)
