"""Ask a second person for a refund that is over the first one's limit."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils.translation import gettext as _

from backoffice.models import ApprovalState, RefundApproval
from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Conflict
from paymenthub.kernel.money import Money
from payments.models import Attempt, AuditOutcome, Payment
from payments.services.audit import FormClaim
from payments.services.ordering import constraint_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """The refund that is asked for. `seen` is what could be refunded then (minor units), `why` why it is not done at once."""

    payment: Payment
    money: Money
    reason: str
    note: str
    seen: int | None
    over_chargeback: bool
    capture: Attempt | None
    why: str


def ask_approval(wanted: Wanted, *, by: User, claim: FormClaim) -> None:
    """Write it down, once per form. Nothing is reserved and nothing is sent. Raises Conflict where one waits already."""
    payment = wanted.payment
    try:
        with db.durable():
            claim.take(None)
            RefundApproval.objects.filter(
                payment=payment, state=ApprovalState.WAITING, expires_at__lte=clock.now()
            ).update(state=ApprovalState.EXPIRED, decided_at=clock.now())
            row = RefundApproval.objects.create(
                project_id=payment.project_id,
                payment=payment,
                capture=wanted.capture,
                amount=wanted.money.amount,
                currency=wanted.money.currency,
                seen=wanted.seen,
                over_chargeback=wanted.over_chargeback,
                reason=wanted.reason,
                note=wanted.note,
                why=wanted.why,
                asked_by=by,
                expires_at=ends_at(),
            )
            claim.finish(
                AuditOutcome.WAITING,
                _("%(why)s It waits for a second person; nothing was sent.") % {"why": wanted.why},
                details={"approval": str(row.pk), "amount": str(wanted.money)},
            )
    except IntegrityError as error:
        if constraint_of(error) != "refund_approval_one_waiting":
            raise
        raise Conflict(_("A refund of this payment waits for a second person already.")) from None


def ends_at() -> dt.datetime:
    """Return until when something that is asked for now can be approved."""
    return clock.now() + dt.timedelta(hours=settings.REFUND_APPROVAL_HOURS)
