"""A refund: a reservation of captured money until the PSP has said yes or no."""

from django.db import models
from django.db.models import Q

from paymenthub.kernel import ids
from payments.domain.attempt import RefundState

from ._base import Row, choices_of
from .merchant import Project
from .payment import Payment


class Refund(Row):
    """Money on its way back. While it is OPEN its amount stands in the payment's `refund_reserved`.

    It addresses a capture (`capture`, the attempt that took the money). `batch_id` groups the rows of one bulk request.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    capture = models.ForeignKey(
        "payments.Attempt", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=choices_of(RefundState), default=RefundState.OPEN)
    reason = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=128, blank=True)
    batch_id = models.CharField(max_length=64, blank=True)
    items = models.JSONField(
        default=list, blank=True, help_text="What comes back, as the caller named it; a credit note has these lines."
    )
    over_chargeback = models.BooleanField(default=False)
    failure = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.UniqueConstraint(
                fields=["payment", "batch_id"], condition=~Q(batch_id=""), name="refund_once_per_batch"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Our id as the world sees it."""
        return ids.public_id(ids.REFUND, self.id)
