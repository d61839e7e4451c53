"""What the order system wants to be paid for an order."""

from django.db import models
from django.db.models import Q

from paymenthub.kernel.money import MAX_AMOUNT
from payments.domain.order_words import FailureReason, FraudVerdict, OrderStatus

from ._base import Mode, Row, choices_of
from .merchant import Project
from .payment import Payment


class OrderIntent(Row):
    """One `authorize-payment` command. Its id is that of the payment, which may begin later, or never (amount 0).

    `claimed_cart_id` and `claimed_order_id` hold the ids while this intent is the one that counts for them. A cancelled
    order keeps its claim, so that nothing can be authorised for it any more.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    cart_id = models.UUIDField()
    claimed_cart_id = models.UUIDField(null=True, blank=True)
    order_id = models.UUIDField()
    claimed_order_id = models.UUIDField(null=True, blank=True)
    linked_order_id = models.UUIDField(
        null=True, blank=True, help_text="The order system's own id, learned from a message that named the payment."
    )
    customer_id = models.UUIDField(null=True, blank=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    provider = models.CharField(max_length=32, blank=True)
    method = models.CharField(max_length=32, blank=True)
    has_token = models.BooleanField(default=False, help_text="Whether a worker charges; else the customer starts it.")
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="order_intent"
    )
    status = models.CharField(max_length=16, choices=choices_of(OrderStatus), default=OrderStatus.REQUESTED)
    failure = models.CharField(max_length=32, choices=choices_of(FailureReason), blank=True)
    failure_detail = models.CharField(max_length=255, blank=True)
    capture_wanted_at = models.DateTimeField(null=True, blank=True)
    fraud = models.CharField(max_length=8, choices=[(word.value, word.name) for word in FraudVerdict], blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    work_due_at = models.DateTimeField(null=True, blank=True)
    work_tries = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "mode", "claimed_cart_id"], name="order_intent_claims_cart"),
            models.UniqueConstraint(fields=["project", "mode", "claimed_order_id"], name="order_intent_claims_order"),
            models.CheckConstraint(condition=Q(amount__gte=0, amount__lte=MAX_AMOUNT), name="order_intent_amount"),
        ]
        indexes = [
            models.Index(fields=["project", "mode", "order_id"], name="order_intent_by_order"),
            models.Index(
                fields=["project", "mode", "linked_order_id"],
                condition=Q(linked_order_id__isnull=False),
                name="order_intent_by_link",
            ),
            models.Index(fields=["work_due_at"], condition=Q(work_due_at__isnull=False), name="order_intent_due"),
        ]

    def __str__(self) -> str:
        return f"order {self.order_id}"
