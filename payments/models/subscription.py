"""Subscriptions: what is charged again and again, and how each period of them went."""

from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q

from paymenthub.kernel import ids
from paymenthub.kernel.money import MAX_AMOUNT, Money
from payments.domain.subscription import ENDED, EndReason, PeriodState, RunBy
from payments.domain.subscription_terms import Terms
from providers.types import Hardness, Interval

from ._base import Mode, Row, choices_of
from .merchant import Project
from .payment import Payment
from .provider_account import ProviderAccount
from .transition import Source


class Subscription(Row):
    """One agreement to pay `amount` (minor units) each `interval_count` intervals.

    `claimed_shop_subscription_id` holds the shop's id while this is the one that counts for it; it is emptied when the
    subscription ends without any payment. Period 1 is the first payment; period n is due
    n - `anchor_period` steps after `anchor_on`. `next_due_at` says when a worker looks next; empty: never.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="subscriptions")
    mode = models.CharField(max_length=4, choices=Mode)
    shop_subscription_id = models.CharField(max_length=255)
    claimed_shop_subscription_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - NULL is «not claimed»
    shop_transaction_id = models.CharField(
        max_length=240, help_text="The first payment's; later ones have «-n» behind it."
    )
    provider = models.CharField(max_length=32, blank=True)
    method = models.CharField(max_length=32, blank=True)
    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    token = models.CharField(max_length=255, blank=True, help_text="The PSP's reference of it; no payment data.")
    run_by = models.CharField(max_length=8, choices=choices_of(RunBy))

    amount = models.BigIntegerField()
    first_amount = models.BigIntegerField(
        null=True, blank=True, help_text="Of the first payment; empty: as the others."
    )
    pending_amount = models.BigIntegerField(null=True, blank=True, help_text="From the next period on.")
    currency = models.CharField(max_length=3)
    interval = models.CharField(max_length=8, choices=choices_of(Interval))
    interval_count = models.PositiveSmallIntegerField(default=1)
    anchor_on = models.DateField(help_text="The date that all later ones are counted from.")
    anchor_day = models.PositiveSmallIntegerField(help_text="Day of the month that is kept where the month has it.")
    anchor_period = models.PositiveIntegerField(default=1, help_text="Number of the period that began on that date.")
    renew_time = models.TimeField(help_text="Wall-clock time of each renewal.")
    timezone = models.CharField(max_length=64)
    expires_after = models.PositiveIntegerField(null=True, blank=True, help_text="Most payments, the first included.")
    ends_on = models.DateField(null=True, blank=True, help_text="Nothing is charged on this date or after it.")
    trial_end = models.DateField(null=True, blank=True)

    state = models.CharField(max_length=64)
    machine = models.CharField(max_length=64)
    machine_version = models.PositiveIntegerField()
    business_state = models.IntegerField()
    period = models.PositiveIntegerField(default=0, help_text="Number of the last period that was begun.")
    dunning_step = models.PositiveSmallIntegerField(default=0)
    paid_until_period = models.PositiveIntegerField(default=0, help_text="Number of the last period that was paid.")
    payments_made = models.PositiveIntegerField(default=0, help_text="Those of more than nothing.")
    charged_on = models.DateField(null=True, blank=True, help_text="Date of the last renewal that was asked for.")
    next_payment_on = models.DateField(null=True, blank=True)
    next_due_at = models.DateTimeField(null=True, blank=True)
    expire_requested = models.BooleanField(default=False)
    expire_requested_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=16, choices=choices_of(EndReason), blank=True)
    psp_end_due_at = models.DateTimeField(
        null=True, blank=True, help_text="When the PSP is told next that it has ended; empty: it knows, or need not."
    )

    description = models.CharField(max_length=255, blank=True)
    buyer = models.JSONField(default=dict, blank=True)
    additional_data = models.JSONField(default=dict, blank=True)
    locale = models.CharField(max_length=16, blank=True)
    success_redirect_url = models.URLField(max_length=2000, blank=True)
    failure_redirect_url = models.URLField(max_length=2000, blank=True)
    callback_url = models.URLField(max_length=2000, blank=True)
    sequence = models.PositiveIntegerField(default=0, help_text="Number of the last event told about it.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [
            ("cancel_subscription", "Can cancel a subscription"),
            ("advance_test_clock", "Can put a test project's clock forward"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "mode", "claimed_shop_subscription_id"], name="subscription_claims_shop_id"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lte=MAX_AMOUNT), name="subscription_amount_in_bounds"
            ),
            models.CheckConstraint(condition=Q(interval_count__gte=1), name="subscription_interval_count"),
            models.CheckConstraint(condition=Q(anchor_day__gte=1, anchor_day__lte=31), name="subscription_anchor_day"),
        ]
        indexes = [
            # What is due: costs by what is due, however many are held.
            models.Index(fields=["next_due_at", "id"], condition=Q(next_due_at__isnull=False), name="subscription_due"),
            models.Index(
                fields=["psp_end_due_at"], condition=Q(psp_end_due_at__isnull=False), name="subscription_psp_end_due"
            ),
            models.Index(fields=["provider_account", "token"], condition=~Q(token=""), name="subscription_by_token"),
            models.Index(fields=["project", "mode", "created_at", "id"], name="subscription_by_time"),
            models.Index(fields=["project", "mode", "state", "created_at", "id"], name="subscription_by_state"),
            models.Index(fields=["project", "mode", "shop_subscription_id"], name="subscription_by_shop_id"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Our id as the world sees it."""
        return ids.public_id(ids.SUBSCRIPTION, self.id)

    @property
    def money(self) -> Money:
        """What a period costs."""
        return Money(self.amount, self.currency)

    @property
    def terms(self) -> Terms:
        """When it is charged."""
        return Terms(
            anchor_on=self.anchor_on,
            anchor_day=self.anchor_day,
            anchor_period=self.anchor_period,
            interval=Interval(self.interval),
            count=self.interval_count,
            renew_time=self.renew_time,
            zone=ZoneInfo(self.timezone),
        )

    @property
    def has_ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state in ENDED


class SubscriptionPeriod(Row):
    """One period and its payment. `dunning_step` counts the tries after the first one."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="periods", db_index=False)
    number = models.PositiveIntegerField()
    due_on = models.DateField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=choices_of(PeriodState), default=PeriodState.OPEN)
    dunning_step = models.PositiveSmallIntegerField(default=0)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    hardness = models.CharField(max_length=16, choices=choices_of(Hardness), blank=True)
    decline_reason = models.CharField(max_length=32, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True, help_text="When it is tried again, or given up.")
    decided_at = models.DateTimeField(null=True, blank=True)
    refund_due_at = models.DateTimeField(
        null=True, blank=True, help_text="When what was charged after a cancel is given back."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "number"], name="subscription_period_once")]
        indexes = [
            models.Index(
                fields=["refund_due_at"], condition=Q(refund_due_at__isnull=False), name="subscription_refund_due"
            )
        ]

    def __str__(self) -> str:
        return f"period {self.number}"


class SubscriptionTransition(Row):
    """One event of a subscription's saga: taken, or unexpected and only recorded."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="transitions", db_index=False)
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
        constraints = [
            models.UniqueConstraint(fields=["subscription", "number"], name="subscription_transition_number")
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.from_state} → {self.to_state}"
