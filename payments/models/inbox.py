"""What PSPs told us, kept before it is understood."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ._base import Row
from .merchant import Project
from .payment import Payment
from .provider_account import ProviderAccount


class InboxState(models.TextChoices):
    """How far a notification got."""

    NEW = "new", _("New")
    DONE = "done", _("Done")
    IGNORED = "ignored", _("Nothing to do")
    UNMATCHED = "unmatched", _("Unmatched")
    CONFLICT = "conflict", _("Other content under a known key")
    GIVEN_UP = "given_up", _("Left to a person")
    NOT_OURS = "not_ours", _("Not ours")

    @classmethod
    def waiting(cls) -> tuple["InboxState", ...]:
        """The states in which it still waits to be understood."""
        return (cls.NEW, cls.UNMATCHED)


class InboxMessage(Row):
    """One verified notification, raw. The same event key of the same account is kept once."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, related_name="inbox", db_index=False
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="notifications")
    event_key = models.CharField(max_length=255, blank=True)
    event_type = models.CharField(max_length=128, blank=True)
    body = models.BinaryField()
    body_digest = models.CharField(max_length=64)
    headers = models.JSONField(default=dict)
    query = models.JSONField(default=dict)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=16, choices=InboxState, default=InboxState.NEW)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("process_inboxmessage", "Can have a notification looked at again, or say that it is not ours")]
        constraints = [
            models.UniqueConstraint(
                fields=["provider_account", "event_key"], condition=~Q(event_key=""), name="inbox_event_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state__in=(InboxState.NEW, InboxState.UNMATCHED)), name="inbox_due"
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=(InboxState.GIVEN_UP, InboxState.CONFLICT)),
                name="inbox_left_to_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type or 'notification'} {self.event_key}"
