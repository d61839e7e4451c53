"""A token that opens one payment's checkout, once."""

from django.db import models

from ._base import Row
from .payment import Payment


class CheckoutToken(Row):
    """Kept as a hash: whoever reads the table can open no checkout."""

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="checkout_tokens")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="checkout_token_expiry")]

    def __str__(self) -> str:
        return f"checkout of {self.payment_id}"
