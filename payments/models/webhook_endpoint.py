"""Where merchants want to hear of events, and what was sent there."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ._base import Mode, Row
from .merchant import Project
from .outbox import OutboxEvent


class WebhookEndpoint(Row):
    """An address of a merchant's, with its own secret and the event types it wants (none named: all)."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="webhook_endpoints")
    mode = models.CharField(max_length=4, choices=Mode)
    url = models.URLField(max_length=2000)
    secrets_sealed = models.TextField(editable=False)
    previous_secret_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when callbacks are signed with the secret before this one too."
    )
    event_types = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        permissions = [("manage_webhookendpoint", "Can make, change and test webhook endpoints")]

    def __str__(self) -> str:
        return self.url


class DeliveryState(models.TextChoices):
    """How far a callback got."""

    DUE = "due", _("Due")
    DELIVERED = "delivered", _("Delivered")
    GIVEN_UP = "given_up", _("Given up")


class Delivery(Row):
    """One event on its way to one address."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    event = models.ForeignKey(OutboxEvent, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    url = models.URLField(max_length=2000)
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.DUE)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        permissions: ClassVar = [("resend_delivery", "Can send callbacks again")]
        constraints = [models.UniqueConstraint(fields=["event", "url"], name="delivery_once_per_address")]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state=DeliveryState.DUE), name="delivery_due"),
            models.Index(fields=["created_at"], condition=Q(state=DeliveryState.GIVEN_UP), name="delivery_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.url}"


class DeliveryTry(Row):
    """One HTTP request to a merchant, and what came of it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    status = models.PositiveIntegerField(null=True, blank=True)
    error = models.CharField(max_length=255, blank=True)
    elapsed_ms = models.PositiveIntegerField(default=0)
    response = models.TextField(blank=True, help_text="The first 2 KB of the answer.")

    class Meta:
        verbose_name_plural = "delivery tries"
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="delivery_try_number")]

    def __str__(self) -> str:
        return f"try {self.number}: {self.status or self.error}"
