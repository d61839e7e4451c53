"""A bulk refund: what was asked for, row by row. How a row went stands in its refund."""

from django.db import models
from django.db.models import Q

from ._base import Mode, Row
from .merchant import Project
from .payment import Payment


class RefundBatch(Row):
    """One bulk request, named by its sender."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    batch_id = models.CharField(max_length=50)
    actor = models.CharField(max_length=128, blank=True)

    class Meta:
        verbose_name_plural = "refund batches"
        constraints = [models.UniqueConstraint(fields=["project", "mode", "batch_id"], name="refund_batch_once")]

    def __str__(self) -> str:
        return self.batch_id


class RefundBatchRow(Row):
    """One row: the payment as its sender named it, and why it was refused, where it was. A NULL amount: all that is left."""

    batch = models.ForeignKey(RefundBatch, on_delete=models.PROTECT, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    named = models.CharField(max_length=255)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    amount = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    reason = models.CharField(max_length=64, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    error_details = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="refund_batch_row_number"),
            models.UniqueConstraint(
                fields=["batch", "payment"], condition=Q(payment__isnull=False), name="refund_batch_row_per_payment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} #{self.number}"
