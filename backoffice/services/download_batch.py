"""Hand out files of many payments: written down before the first byte goes out."""

from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from backoffice.access import scoped
from backoffice.bulk.catalogue import KINDS
from backoffice.models import ActionBatch, BatchState, RowState
from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Conflict, Forbidden
from payments.models import AuditAction, AuditOutcome

from .batch_audit import claim_of, end_with
from .start_batch import Confirmed


def downloaded(batch: ActionBatch, confirmed: Confirmed, *, user: User) -> list[UUID]:
    """Write the download down and name the payments whose files go out; once per confirm page.

    Raises Forbidden for another one's page, Conflict for one that was used or has nothing to hand out.
    """
    if batch.owner_id != user.pk or not user.has_perm(KINDS[batch.kind].permission):
        raise Forbidden(_("Only who opened this page, and may do this, can begin it."))
    waiting = batch.rows.filter(state=RowState.WAITING)
    ready = scoped(waiting, user, "project")  # the page may be older than a change of the person's projects
    ids = [payment_id for payment_id in ready.order_by("number").values_list("payment_id", flat=True) if payment_id]
    if not ids:
        raise Conflict(_("There is nothing to do."))
    now = clock.now()
    with db.durable():
        taken = ActionBatch.objects.filter(pk=batch.pk, state=BatchState.DRAFT).update(
            state=BatchState.DONE, note=confirmed.note, address=confirmed.address, started_at=now, ended_at=now
        )
        if not taken:
            raise Conflict(_("This page was used before. Choose the rows once more."))
        batch.refresh_from_db()
        claim_of(batch, action=AuditAction.INVOICE_ZIP).take(None)
        ready.update(state=RowState.ENDED, outcome=AuditOutcome.OK)
        waiting.update(
            state=RowState.ENDED,
            outcome=AuditOutcome.REFUSED,
            message=_("Who began this may not do it any more."),
        )
        end_with(batch, AuditOutcome.OK, _("Invoices were handed out."), {"payments": len(ids)})
    return ids
