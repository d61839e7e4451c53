"""The saga's history."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ._base import Row
from .merchant import Project
from .payment import Payment


class Source(models.TextChoices):
    """Who brought the news."""

    API = "api", _("API")
    WEBHOOK = "webhook", _("Webhook")
    RETURN = "return", _("Customer's return")
    STATUS = "status", _("Status request")
    CHECKOUT = "checkout", _("Customer in the checkout")
    SYSTEM = "system", _("System")
    STEP = "step", _("Step of the saga")
    OPERATOR = "operator", _("Operator")


class Transition(Row):
    """One event of a payment's saga: taken (from one state to another), or unexpected and only recorded."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="transitions", db_index=False)
    number = models.PositiveIntegerField()
    event = models.CharField(max_length=64)
    from_state = models.CharField(max_length=64)
    to_state = models.CharField(max_length=64)
    business_state = models.IntegerField()
    business_event = models.IntegerField(null=True, blank=True)
    unexpected = models.BooleanField(default=False)
    source = models.CharField(max_length=16, choices=Source)
    evidence = models.CharField(max_length=255, blank=True)
    actor = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "number"], name="transition_number")]

    def __str__(self) -> str:
        return f"{self.event}: {self.from_state} → {self.to_state}"
