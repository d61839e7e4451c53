"""Idempotency keys: which request a key stands for, and what it was answered."""

from django.db import models

from ._base import Mode, Row
from .attempt import Attempt
from .merchant import ApiKey, Project
from .payment import Payment


class IdempotencyRecord(Row):
    """One key of one owner. It is claimed in the transaction that writes the work down, answered in the one that records
    its outcome; `status` is NULL in between. `payment` instead of `attempt`: a step before the charge was still to end."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    attempt = models.ForeignKey(
        Attempt, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    status = models.PositiveIntegerField(null=True, blank=True)
    body = models.JSONField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "mode", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_expiry")]

    def __str__(self) -> str:
        return self.key
