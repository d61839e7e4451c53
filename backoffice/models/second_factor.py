"""A person's second factor: a TOTP device whose key is sealed at rest, and codes for the day the phone is lost."""

from django.conf import settings
from django.db import models
from django_otp.plugins.otp_totp.models import TOTPDevice

from payments.selectors.keyring import ring


class SealedTotp(TOTPDevice):  # type: ignore[misc]
    """django-otp's device, with its key sealed by the hub's ring, for its user: a stolen table is no second factor.

    The key is 16 bytes: sealed, a longer one would not fit the library's column.
    """

    class Meta:
        proxy = True
        default_permissions = ()

    @staticmethod
    def seal(key: bytes, *, user_id: int) -> str:
        """Write a key for the column. Raises ValueError for another length than 16 bytes."""
        if len(key) != 16:
            raise ValueError("A TOTP key has 16 bytes here.")
        return ring().seal(key, context=_context(user_id))

    @property
    def bin_key(self) -> bytes:
        """The key itself. Raises SealBroken where the ring has lost its key."""
        return ring().open(self.key, context=_context(self.user_id))


class RecoveryCode(models.Model):
    """One code that stands in for the second factor once; only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id}"


def _context(user_id: int) -> bytes:
    return f"totp:{user_id}".encode()
