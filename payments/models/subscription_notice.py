"""News of subscriptions of which customers are to be told by mail."""

from django.db import models
from django.db.models import Q

from ._base import Row
from .subscription import Subscription


class SubscriptionNotice(Row):
    """One piece of news about one subscription, once per kind and version; a task writes its mail."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="notices", db_index=False)
    kind = models.CharField(max_length=64, help_text="The mail's event.")
    version = models.CharField(max_length=64, help_text="Which news of this kind.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "kind", "version"], name="subscription_notice_once")
        ]
        indexes = [models.Index(fields=["id"], condition=Q(done_at=None), name="subscription_notice_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"
