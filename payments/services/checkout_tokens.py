"""Tokens of the checkout: one that opens it once, and one that a browser keeps for its payment."""

import datetime as dt
import uuid

from django.conf import settings
from django.core import signing

from paymenthub.kernel import clock, ids
from paymenthub.kernel.crypto import hash_secret
from paymenthub.kernel.errors import Conflict, NotFound
from payments.models import CheckoutToken, Payment
from payments.selectors.branding import public_base

_BYTES = 32
_MOST_LENGTH = 128
_KEPT = dt.timedelta(days=1)
_CLIENT = "payments.checkout.client"
_MAILED = "payments.checkout.mailed"


class TokenUsed(Conflict):
    """The checkout was opened with this token before; the order system has a new one made."""

    code = "token_used"


class TokenExpired(Conflict):
    """The token's time is over; the order system has a new one made."""

    code = "token_expired"


def issue(payment: Payment) -> str:
    """Make a token that opens the payment's checkout once, within CHECKOUT_TOKEN_SECONDS. Only its hash is kept."""
    now = clock.now()
    token = ids.random_token(_BYTES)
    CheckoutToken.objects.filter(payment=payment, expires_at__lt=now - _KEPT).delete()
    ends_at = now + dt.timedelta(seconds=settings.CHECKOUT_TOKEN_SECONDS)
    CheckoutToken.objects.create(payment=payment, token_hash=hash_secret(token), expires_at=ends_at)
    return token


def checkout_url(payment: Payment) -> str:
    """Make the address at which the payment's customer opens the checkout, once."""
    return f"{public_base(payment.project)}/payment/t/{issue(payment)}"


def exchange(token: str) -> uuid.UUID:
    """Use a token up and return its payment's id; of many who come at once one gets it.

    Raises NotFound for what is no token, TokenUsed and TokenExpired.
    """
    now = clock.now()
    found = CheckoutToken.objects.filter(token_hash=hash_secret(token)) if len(token) <= _MOST_LENGTH else None
    # One statement, so that two who read the token unused cannot both have it.
    if found is None or not found.filter(used_at=None, expires_at__gt=now).update(used_at=now):
        row = found.first() if found is not None else None
        if row is None:
            raise NotFound("There is no such checkout.")
        if row.used_at is not None:
            raise TokenUsed("This address was opened before. Ask the shop for a new one.")
        raise TokenExpired("This address is too old. Ask the shop for a new one.")
    return found.values_list("payment_id", flat=True).get()


def client_token(payment: Payment) -> str:
    """Sign what lets a browser speak of this one payment until its checkout ends."""
    ends_at = payment.checkout_ends_at or clock.now() + dt.timedelta(hours=settings.CHECKOUT_HOURS)
    return signing.dumps([payment.id.hex, int(ends_at.timestamp())], salt=_CLIENT)


def payment_of_client_token(token: str) -> uuid.UUID:
    """Read the payment's id out of a client token. Raises NotFound for what is none, and TokenExpired."""
    try:
        payment_id, ends_at = signing.loads(token[:1024], salt=_CLIENT)
        found = uuid.UUID(hex=payment_id)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound("There is no such checkout.") from None
    if clock.now().timestamp() > ends_at:
        raise TokenExpired("This checkout is over.")
    return found


def mailed_url(payment: Payment) -> str:
    """Make the address that a customer is mailed to pay later: the same one each time, good for as long as the payment is."""
    return f"{settings.HUB_PUBLIC_URL}/payment/later/{signing.Signer(salt=_MAILED).sign(payment.id.hex)}"


def payment_of_mailed_token(token: str) -> uuid.UUID:
    """Read the payment's id out of a mailed address. Raises NotFound for what is none."""
    try:
        return uuid.UUID(hex=signing.Signer(salt=_MAILED).unsign(token[:_MOST_LENGTH]))
    except (signing.BadSignature, ValueError):
        raise NotFound("There is no such checkout.") from None


def purge(*, limit: int = 10_000) -> int:
    """Delete tokens whose time was over a day ago, at most so many at once; return how many."""
    over = CheckoutToken.objects.filter(expires_at__lt=clock.now() - _KEPT).order_by("expires_at")
    deleted, _ = CheckoutToken.objects.filter(pk__in=over.values_list("pk", flat=True)[:limit]).delete()
    return deleted
