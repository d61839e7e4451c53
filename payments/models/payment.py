"""The payment: what the merchant sees."""

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from paymenthub.kernel import ids
from paymenthub.kernel.errors import WrongState
from paymenthub.kernel.money import MAX_AMOUNT, Money

from ._base import Mode, Row
from ._payment_search import CHANNEL, EMAIL, SHOP_ID
from .merchant import Project
from .provider_account import ProviderAccount


class PaymentType(models.TextChoices):
    """How the payment came about."""

    DIRECT = "DIRECT", _("Direct")
    SUBSCRIPTION = "SUBSCRIPTION", _("Subscription")
    PAY_BY_LINK = "PAY_BY_LINK", _("Pay by link")


class CaptureMode(models.TextChoices):
    """Whether money is taken at once or held first."""

    AUTOMATIC = "automatic", _("Automatic")
    MANUAL = "manual", _("Manual")


class Payment(Row):
    """One intent to be paid. Amounts are minor units; totals are the sums of the payment's movements.

    `claimed_shop_transaction_id` holds the merchant's id while this payment is the one that counts for it: it is set at
    creation, emptied once the payment is finally failed, cancelled or expired, and never set again.

    `provider`, `method` and `provider_account` are those of its latest paying attempt, of the one that brought the money
    once there is one, and empty while its customer has not chosen.
    """

    # Every index of a list begins with the project: one of the project alone would only be written.
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="payments", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    shop_transaction_id = models.CharField(max_length=255)
    claimed_shop_transaction_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - NULL is «not claimed»
    type = models.CharField(max_length=16, choices=PaymentType, default=PaymentType.DIRECT)
    subscription = models.ForeignKey(
        "payments.Subscription",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        db_index=False,
    )
    subscription_period = models.PositiveIntegerField(
        null=True, blank=True, help_text="Which period it pays; empty: none, its method is being changed."
    )
    of_order = models.BooleanField(default=False, help_text="Whether an order intent of the same id watches it.")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    capture_mode = models.CharField(max_length=16, choices=CaptureMode, default=CaptureMode.AUTOMATIC)
    provider = models.CharField(max_length=32, blank=True)
    method = models.CharField(max_length=32, blank=True)
    provider_account = models.ForeignKey(
        ProviderAccount, on_delete=models.PROTECT, related_name="payments", null=True, blank=True
    )
    in_checkout = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether its customer chooses the method and may try again until its time is over.",
    )
    checkout_ends_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when its customer may begin to pay."
    )
    allowed_methods = models.JSONField(
        default=list,
        blank=True,
        db_default=Value([], models.JSONField()),
        help_text="provider/method or method; empty: all.",
    )
    link_id = models.UUIDField(null=True, blank=True, help_text="The payment link that opened it.")
    provider_payment_id = models.CharField(max_length=255, blank=True)

    state = models.CharField(max_length=64)
    machine = models.CharField(max_length=64)
    machine_version = models.PositiveIntegerField()
    business_state = models.IntegerField()
    state_number = models.PositiveIntegerField(default=0, help_text="Number of the transition that entered the state.")
    state_times_out_at = models.DateTimeField(null=True, blank=True)

    authorized = models.BigIntegerField(default=0)
    captured = models.BigIntegerField(default=0)
    refunded_by_us = models.BigIntegerField(default=0)
    refund_reserved = models.BigIntegerField(default=0)
    refunded_elsewhere = models.BigIntegerField(default=0)
    charged_back = models.BigIntegerField(default=0)
    winning_attempt = models.ForeignKey(
        "payments.Attempt", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    description = models.CharField(max_length=255, blank=True)
    buyer = models.JSONField(default=dict, blank=True)
    additional_data = models.JSONField(default=dict, blank=True)
    saga_metadata = models.JSONField(
        default=dict, blank=True, help_text="What saga events brought along, merged in their order; no providerData."
    )
    flow_saga_id = models.CharField(
        max_length=255, blank=True, default="", db_default="", help_text="Its saga at an outside Flow Manager."
    )
    has_provider_data = models.BooleanField(
        default=False, help_text="providerData waits, sealed and for ten minutes, for steps before the charge to end."
    )
    locale = models.CharField(max_length=16, blank=True)
    success_redirect_url = models.URLField(max_length=2000, blank=True)
    failure_redirect_url = models.URLField(max_length=2000, blank=True)
    callback_url = models.URLField(max_length=2000, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    authorization_expires_at = models.DateTimeField(null=True, blank=True)
    sequence = models.PositiveIntegerField(default=0, help_text="Number of the last event told about this payment.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [
            ("refund_payment", "Can refund a payment"),
            ("refund_charged_back_payment", "Can refund a payment after a chargeback"),
            ("capture_payment", "Can capture a payment"),
            ("cancel_payment", "Can cancel a payment"),
            ("expire_payment", "Can expire a payment"),
            ("check_payment", "Can ask the provider about a payment"),
            ("decide_attempt", "Can decide an attempt whose outcome is unknown"),
            ("resolve_operatoritem", "Can resolve an operator item"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "mode", "claimed_shop_transaction_id"], name="payment_claims_shop_transaction"
            ),
            models.UniqueConstraint(
                fields=["project", "mode", "flow_saga_id"], condition=~Q(flow_saga_id=""), name="payment_of_flow_saga"
            ),
            models.UniqueConstraint(
                fields=["subscription", "subscription_period"],
                condition=Q(claimed_shop_transaction_id__isnull=False, subscription_period__isnull=False),
                name="payment_of_subscription_period",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0, amount__lte=MAX_AMOUNT), name="payment_amount_in_bounds"),
            models.CheckConstraint(
                condition=Q(captured__gte=F("refunded_by_us") + F("refund_reserved")),
                name="payment_refunds_within_captured",
            ),
            models.CheckConstraint(
                condition=Q(
                    authorized__gte=0,
                    captured__gte=0,
                    refunded_by_us__gte=0,
                    refund_reserved__gte=0,
                    refunded_elsewhere__gte=0,
                ),
                name="payment_totals_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "mode", "shop_transaction_id"], name="payment_by_shop_transaction"),
            models.Index(
                fields=["subscription", "created_at", "id"],
                condition=Q(subscription__isnull=False),
                name="payment_by_subscription",
            ),
            # The list of payments: each filter ends in the list's own order, so that a page costs the same however deep.
            models.Index(fields=["project", "mode", "created_at", "id"], name="payment_by_time"),
            models.Index(fields=["project", "mode", "state", "created_at", "id"], name="payment_by_state"),
            models.Index(fields=["project", "mode", "provider", "created_at", "id"], name="payment_by_provider"),
            models.Index(fields=["project", "mode", "method", "created_at", "id"], name="payment_by_method"),
            # With the currency, since amounts of two currencies compare to nothing: `selectors.payments` names them all.
            models.Index(
                fields=["project", "mode", "currency", "amount", "created_at", "id"], name="payment_by_currency_amount"
            ),
            # Most are paid, and those are found by time: the index holds the others only.
            models.Index(
                fields=["project", "mode", "business_state", "created_at", "id"],
                condition=~Q(business_state=1),
                name="payment_by_business_state",
            ),
            models.Index(
                fields=["project", "mode", "type", "created_at", "id"],
                condition=~Q(type="DIRECT"),
                name="payment_by_type",
            ),
            models.Index("project", "mode", CHANNEL, "created_at", "id", name="payment_by_channel"),
            # What the backoffice is asked for without a project.
            models.Index(EMAIL, name="payment_by_email"),
            models.Index(SHOP_ID, name="payment_by_folded_shop_id"),
            models.Index(
                fields=["project", "mode", "created_at", "id"],
                condition=Q(captured=0, claimed_shop_transaction_id=None),
                name="payment_failed_by_time",
            ),
            models.Index(
                fields=["project", "mode", "created_at", "id"],
                condition=Q(captured=0, claimed_shop_transaction_id__isnull=False),
                name="payment_pending_by_time",
            ),
            # Held money that nobody has taken yet: looking after it costs by what is held, not by the history.
            models.Index(
                fields=["authorization_expires_at"],
                condition=Q(authorized__gt=F("captured"), claimed_shop_transaction_id__isnull=False),
                name="payment_held",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(captured=0, claimed_shop_transaction_id__isnull=False),
                name="payment_to_expire",
            ),
            models.Index(fields=["link_id"], condition=Q(link_id__isnull=False), name="payment_by_link"),
            models.Index(
                fields=["state_times_out_at"],
                condition=Q(state_times_out_at__isnull=False),
                name="payment_state_times_out",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Our id as the world sees it."""
        return ids.public_id(ids.PAYMENT, self.id)

    @property
    def wire_id(self) -> str:
        """The `paymentId` of the API: the PSP's id, ours while none is known."""
        return self.provider_payment_id or self.public_id

    @property
    def account(self) -> ProviderAccount:
        """The account at the provider. Raises WrongState while no method was chosen."""
        if self.provider_account is None:
            raise WrongState("Nothing was asked of a provider for this payment yet.", details={"state": self.state})
        return self.provider_account

    @property
    def money(self) -> Money:
        """What is to be paid."""
        return Money(self.amount, self.currency)

    @property
    def was_free(self) -> bool:
        """Whether it was of 0 and has succeeded: a subscription may begin so."""
        return not self.amount and self.winning_attempt_id is not None

    @property
    def capturable(self) -> int:
        """What is held and not taken yet, in minor units."""
        return max(0, self.authorized - self.captured)

    @property
    def refundable(self) -> int:
        """What may still be given back, in minor units."""
        taken = self.refunded_by_us + self.refund_reserved + self.refunded_elsewhere + self.charged_back
        return max(0, self.captured - taken)
