"""Send a customer back to the shop, with parameters that the shop can verify."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from paymenthub.kernel import clock
from payments.models import Payment
from payments.selectors.status import Status, status_of

from .secrets import open_secrets
from .sign import secret_bytes

SIGNED = ("paymentId", "shopTransactionId", "status", "timestamp")
"""The parameters that are signed, in their order."""
SIGNATURE = "signature"
_OURS = frozenset((*SIGNED, SIGNATURE))


def back_to_shop(payment: Payment) -> str:
    """Return the shop's page for how the payment stands, signed; nothing where it has none, or nobody knows yet.

    In the checkout held money counts as paid for the customer, and keeps the status PENDING.
    """
    status = status_of(payment)
    if status is Status.ACCEPTED or (payment.in_checkout and payment.authorized):
        target = payment.success_redirect_url
    else:
        target = payment.failure_redirect_url if status is Status.FAILED else ""
    return with_outcome(target, payment) if target else ""


def with_outcome(url: str, payment: Payment) -> str:
    """Add how the payment stands to a redirect URL, keeping its own query and fragment, but no parameter of our names."""
    parts = urlsplit(url)
    told = {
        "paymentId": payment.wire_id,
        "shopTransactionId": payment.shop_transaction_id,
        "status": status_of(payment).value,
        "timestamp": str(int(clock.now().timestamp())),
    }
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in _OURS]
    query += told.items()
    secrets = open_secrets(payment.project)
    if secrets:
        query.append((SIGNATURE, signature_of(told, secrets)))
    return urlunsplit(parts._replace(query=urlencode(query)))


def signature_of(told: Mapping[str, str], secrets: Sequence[str]) -> str:
    """Sign the parameters with every signing secret: HMAC-SHA-256 in hex, joined by dots, the newest secret's first."""
    signed = "\n".join(["return", *(told[name] for name in SIGNED)]).encode()
    return ".".join(hmac.new(secret_bytes(secret), signed, hashlib.sha256).hexdigest() for secret in secrets)
