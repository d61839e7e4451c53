"""Payment links of this hub: an address that a customer pays at, once, so many times, or as often as somebody comes."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value

from paymenthub.kernel import clock, ids
from paymenthub.kernel.money import MAX_AMOUNT, Money

from ._base import Mode, Row
from .merchant import Project
from .payment import CaptureMode, Payment


class PaymentLink(Row):
    """One link. Amounts are minor units: `amount`, or what the customer chooses within `min_amount` and `max_amount`.

    Each use is a payment of its own, `{shop_transaction_id}-{n}`; `started` is the last n. It may be paid `max_uses`
    times, without it as often as somebody comes.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="payment_links", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    code = models.CharField(max_length=43, unique=True, editable=False)
    shop_transaction_id = models.CharField(max_length=200)
    amount = models.BigIntegerField(null=True, blank=True)
    min_amount = models.BigIntegerField(null=True, blank=True)
    max_amount = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    capture_mode = models.CharField(max_length=16, choices=CaptureMode, default=CaptureMode.AUTOMATIC)
    description = models.CharField(max_length=255, blank=True)
    buyer = models.JSONField(default=dict, blank=True)
    additional_data = models.JSONField(default=dict, blank=True)
    locale = models.CharField(max_length=16, blank=True)
    allowed_methods = models.JSONField(default=list, blank=True)
    success_redirect_url = models.URLField(max_length=2000, blank=True)
    failure_redirect_url = models.URLField(max_length=2000, blank=True)
    callback_url = models.URLField(max_length=2000, blank=True)
    max_uses = models.PositiveIntegerField(
        null=True, blank=True, help_text="How often it may be paid; empty: no limit."
    )
    started = models.PositiveIntegerField(default=0, help_text="Number of the last payment that was begun with it.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Until when a payment may be begun.")
    disabled_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions: ClassVar = [("edit_paymentlink", "Can make and change payment links")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "mode", "shop_transaction_id"], name="payment_link_shop_id_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    amount__isnull=False, min_amount=None, max_amount=None, amount__gte=1, amount__lte=MAX_AMOUNT
                )
                | Q(amount=None, min_amount__gte=1, max_amount__gte=F("min_amount"), max_amount__lte=MAX_AMOUNT),
                name="payment_link_amount_or_bounds",
            ),
            models.CheckConstraint(condition=Q(max_uses=None) | Q(max_uses__gte=1), name="payment_link_uses"),
        ]
        indexes = [
            models.Index(fields=["project", "mode", "created_at", "id"], name="payment_link_by_time"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The link's id as the API shows it."""
        return ids.public_id(ids.PAYMENT_LINK, self.id)

    @property
    def money(self) -> Money | None:
        """The fixed amount; None where the customer chooses."""
        return None if self.amount is None else Money(self.amount, self.currency)

    @property
    def is_over(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= clock.now()


class PaymentLinkUse(Row):
    """One payment that was begun with a link, and by which browser: who comes back goes on where they were."""

    link = models.ForeignKey(PaymentLink, on_delete=models.PROTECT, related_name="uses")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="link_use")
    number = models.PositiveIntegerField()
    visitor = models.CharField(
        max_length=64, blank=True, db_default=Value(""), help_text="Hash of its browser's cookie."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "number"], name="payment_link_use_once")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.number}"
