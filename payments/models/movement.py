"""Amounts that moved, and the states they led through: append-only, by trigger."""

from django.db import models

from payments.domain.attempt import MovementKind

from ._base import Row, choices_of
from .attempt import Attempt
from .merchant import Project
from .payment import Payment


class Movement(Row):
    """One recorded amount in minor units, positive towards the merchant, negative away from them.

    `evidence` names what proves it (an attempt, a PSP's refund id): the same evidence is never counted twice.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="movements", db_index=False)
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=24, choices=choices_of(MovementKind))
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    evidence = models.CharField(max_length=255)
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "kind", "evidence"], name="movement_counted_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"
