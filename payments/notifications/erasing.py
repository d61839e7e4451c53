"""What is kept of mails to a person goes with the person; that there was a mail, and how it ended, stays."""

from collections.abc import Mapping

from payments.models import MailState, Payment
from payments.services.erase_buyer import Subject


def erase_mails(payment: Payment, subject: Subject, dry_run: bool) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Erase recipients and content of a payment's mails; one that still waits to be sent is ended with them."""
    mails = payment.mails.exclude(recipients_shown="", content_sealed="").exclude(recipients_shown=subject.pseudonym)
    count = mails.count()
    if not dry_run:
        mails.filter(state=MailState.DUE).update(state=MailState.SKIPPED, reason="buyer_erased", next_try_at=None)
        mails.update(recipients_shown=subject.pseudonym, content_sealed="")
    return {"mails": count}, {}
