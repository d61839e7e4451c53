"""All bulk actions, and which of them one person is offered on a list."""

from django.contrib.auth.models import AnonymousUser, User

from .base import BulkKind
from .callbacks import BulkResendCallbacks, BulkResendNewest
from .invoices import BulkInvoices
from .mails import BulkResendMails, BulkResendNewestMail
from .payments import BulkCancel, BulkCapture, BulkCheck, BulkRefund
from .subscriptions import BulkCancelSubscriptions, BulkPauseSubscriptions, BulkResumeSubscriptions

KINDS: dict[str, BulkKind] = {
    kind.name: kind
    for kind in (
        BulkRefund(),
        BulkCapture(),
        BulkCancel(),
        BulkCheck(),
        BulkResendNewest(),
        BulkResendNewestMail(),
        BulkInvoices(),
        BulkResendCallbacks(),
        BulkResendMails(),
        BulkCancelSubscriptions(),
        BulkPauseSubscriptions(),
        BulkResumeSubscriptions(),
    )
}


def offered_on(on: str, user: User | AnonymousUser) -> list[BulkKind]:
    """List the bulk actions of an admin list (`payments.payment`) that a person may begin."""
    return [kind for kind in KINDS.values() if kind.on == on and user.has_perm(kind.permission)]


def any_for(user: User | AnonymousUser) -> bool:
    """Tell whether a person may begin any bulk action."""
    return any(user.has_perm(kind.permission) for kind in KINDS.values())
