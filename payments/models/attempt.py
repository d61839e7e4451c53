"""An attempt: one operation at a PSP, written down before it is sent."""

from django.db import models
from django.db.models import Q

from paymenthub.kernel import ids
from paymenthub.kernel.money import Money
from payments.domain.attempt import EXCLUSIVE, UNDECIDED, AttemptKind, AttemptState

from ._base import Row, choices_of
from .merchant import Project
from .payment import Payment
from .provider_account import ProviderAccount


class Attempt(Row):
    """One operation. `lease_until` says how long its runner owns it; `next_check_at` when the PSP is asked next."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts")
    provider_account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=24, choices=choices_of(AttemptKind))
    method = models.CharField(max_length=32, blank=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    refund = models.ForeignKey(
        "payments.Refund", on_delete=models.PROTECT, null=True, blank=True, related_name="attempts"
    )
    final_capture = models.BooleanField(default=True)
    idempotency_key = models.CharField(max_length=128)
    request_digest = models.CharField(max_length=64, blank=True, editable=False)
    has_provider_data = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=choices_of(AttemptState), default=AttemptState.READY)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When it was last given to somebody to send.")
    lease_until = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveIntegerField(default=0)
    decline_reason = models.CharField(max_length=32, blank=True)
    decline_code = models.CharField(max_length=128, blank=True)
    decline_message = models.CharField(max_length=255, blank=True)
    may_retry = models.BooleanField(default=True)
    redirect_url = models.TextField(blank=True, editable=False)
    redirect_url_mobile = models.TextField(blank=True, editable=False)
    exchanges = models.JSONField(default=list, blank=True)
    elapsed_ms = models.PositiveIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(kind__in=EXCLUSIVE, state__in=UNDECIDED),
                name="attempt_one_undecided_per_payment",
            ),
            models.UniqueConstraint(fields=["provider_account", "idempotency_key"], name="attempt_idempotency_key"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="attempt_amount_not_negative"),
        ]
        indexes = [
            # The reconciler's backlog: its cost follows what is undecided, not the history.
            models.Index(fields=["next_check_at"], condition=Q(state__in=UNDECIDED), name="attempt_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def public_id(self) -> str:
        """The attempt's id as it travels to the PSP."""
        return ids.public_id(ids.ATTEMPT, self.id)

    @property
    def money(self) -> Money:
        """What this operation moves or holds."""
        return Money(self.amount, self.currency)

    @property
    def is_undecided(self) -> bool:
        """Whether a verdict is still awaited."""
        return self.state in UNDECIDED


class PspReference(Row):
    """One id by which a PSP may name a payment or one of its operations."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    provider_account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="references")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, blank=True, related_name="references")
    kind = models.CharField(max_length=32)
    value = models.CharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_account", "kind", "value"], name="psp_reference_names_one_thing")
        ]
        indexes = [models.Index(fields=["value"], name="psp_reference_by_value")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
