"""Four eyes: refunds that wait for a second person, and from which amount on a project asks for one."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import clock, ids
from payments.models import Attempt, Payment, Project

from .batch import ActionBatch


class ApprovalState(models.TextChoices):
    """How a second person, or time, decided."""

    WAITING = "waiting", _("Waiting")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


class RefundApproval(models.Model):
    """A refund, or a batch of them, that one person asked for and another one decides on.

    Nothing is reserved while it waits: what may be refunded is judged anew when it is approved. The key is the place of
    the audit entry that its approval claims, so it is carried out once. `seen` is what could be refunded when it was
    asked for. Amounts are minor units.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_uuid, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    batch = models.OneToOneField(ActionBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="approval")
    capture = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    amount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    seen = models.BigIntegerField(null=True, blank=True)
    over_chargeback = models.BooleanField(default=False)
    reason = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=500, blank=True)
    why = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=ApprovalState, default=ApprovalState.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_note = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("refund approval")
        verbose_name_plural = _("refund approvals")
        default_permissions = ("view",)
        permissions = (("approve_refund", _("Can approve refunds that another person asked for")),)
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(payment__isnull=False, batch=None) | Q(payment=None, batch__isnull=False),
                name="refund_approval_about_one",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="refund_approval_by_another",
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(state="waiting"), name="refund_approval_one_waiting"
            ),
        ]
        indexes = (models.Index(fields=["expires_at"], condition=Q(state="waiting"), name="refund_approval_waiting"),)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.state}" if self.payment_id else f"batch {self.state}"

    @property
    def is_waiting(self) -> bool:
        """Whether it can still be decided."""
        return self.state == ApprovalState.WAITING and self.expires_at > clock.now()


class ProjectRefundLimit(models.Model):
    """The most (minor units) that one person may refund of a project's money, whatever their own limit is.

    Above it every refund from the backoffice needs a second person.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_uuid, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("four-eyes limit")
        verbose_name_plural = _("four-eyes limits")
        default_permissions = ("view", "change")
        constraints = (
            models.UniqueConstraint(fields=["project", "currency"], name="project_refund_limit_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="project_refund_limit_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
