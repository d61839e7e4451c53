"""Read how a payment stands, asking the PSP where it is not decided."""

from paymenthub.kernel import db
from payments import locks, outbox
from payments.attempts import reconcile
from payments.domain.news import CHECKED
from payments.models import Payment, Source
from payments.saga.change import Change
from payments.selectors.attempts import paying_attempt
from payments.selectors.status import status_object


def read_status(payment: Payment, *, source: Source = Source.STATUS, evidence: str = "") -> Payment:
    """Return the payment as it stands, after asking the PSP about an undecided attempt.

    A PSP that does not answer leaves it as it was: what is not known stays PENDING.
    """
    attempt = paying_attempt(payment.id)
    if attempt is not None and attempt.is_undecided:
        applied = reconcile.check(attempt.id, source=source, evidence=evidence)
        if applied is not None:
            return applied.payment
        payment.refresh_from_db()
    return payment


def check(payment: Payment, *, evidence: str = "") -> Payment:
    """Read the status and push it to the merchant's callback, also when nothing changed."""
    read_status(payment, evidence=evidence)
    with db.durable():
        locked = locks.payment(payment.id)
        change = Change(locked, source=Source.STATUS, evidence=evidence)
        change.events.append(outbox.event(locked, type=CHECKED, body=status_object(locked)))
        change.save()
    return locked
