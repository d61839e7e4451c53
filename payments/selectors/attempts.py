"""Find the attempt that a PSP speaks of."""

import uuid

from paymenthub.kernel import ids
from payments.domain.attempt import PAYING, AttemptKind
from payments.models import Attempt, Payment, PaymentType, ProviderAccount, PspReference
from providers.types import Verdict


def paying_attempt(payment_id: uuid.UUID) -> Attempt | None:
    """Return a payment's latest pay, authorise or link attempt."""
    return Attempt.objects.filter(payment_id=payment_id, kind__in=PAYING).order_by("-created_at").first()


def is_paid_by_link(payment: Payment) -> bool:
    """Tell whether a payment's page is a link that its PSP has made: it is ended as a link, and not as a session."""
    if payment.type != PaymentType.PAY_BY_LINK:
        return False
    latest = paying_attempt(payment.id)
    return latest is not None and latest.kind == AttemptKind.LINK


def match(account: ProviderAccount, verdict: Verdict) -> Attempt | None:
    """Find the attempt of this account that a verdict is about: by our own reference, else by the PSP's ids."""
    ours = ids.parse_public_id(ids.ATTEMPT, verdict.attempt_reference) if verdict.attempt_reference else None
    if ours is not None:
        attempt = Attempt.objects.filter(pk=ours, provider_account=account).first()
        if attempt is not None:
            return attempt
    # The thing itself comes before what it belongs to: a refund's own id before its payment's.
    for references in (verdict.references, verdict.parent):
        row = (
            PspReference.objects.filter(provider_account=account, value__in=[found.value for found in references])
            .select_related("attempt")
            .order_by("created_at")
            .first()
        )
        if row is not None:
            return row.attempt or paying_attempt(row.payment_id)
    return None
