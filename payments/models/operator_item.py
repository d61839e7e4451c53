"""What a person must look at."""

from django.db import models
from django.db.models import Q

from payments.domain.attempt import ItemKind

from ._base import Row, choices_of
from .merchant import Project
from .payment import Payment


class OperatorItem(Row):
    """One thing to look at: what it is about, the evidence, the next step, and who resolved it."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="operator_items")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="operator_items")
    kind = models.CharField(max_length=32, choices=choices_of(ItemKind))
    about = models.CharField(max_length=128, help_text="The attempt, notification or account it is about.")
    evidence = models.JSONField(default=dict)
    next_step = models.CharField(max_length=500)
    taken_by = models.CharField(max_length=128, blank=True, help_text="Who said that they are on it.")
    taken_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=128, blank=True)
    resolution = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            # The same trouble told twice is one item while it is open.
            models.UniqueConstraint(
                fields=["project", "kind", "about"], condition=Q(resolved_at=None), name="operator_item_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"
