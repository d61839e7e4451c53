"""Begin a batch, once: what its confirm page showed is what is done."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice.bulk.catalogue import KINDS
from backoffice.four_eyes import why_not_alone_at_once
from backoffice.models import ActionBatch, BatchState, RefundApproval, RowState
from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Conflict, Forbidden
from payments.models import AuditOutcome

from .ask_approval import ends_at
from .batch_audit import claim_of, end_with
from .make_batch import DRAFT_HOURS

Sums = dict[tuple[UUID, str], int]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the confirm page's form held."""

    reason: str
    note: str
    options: dict[str, Any]
    address: str | None


def start_batch(batch: ActionBatch, confirmed: Confirmed, *, user: User) -> ActionBatch:
    """Begin it, or ask a second person where its sum is over the person's limit; a second call changes nothing.

    Raises Forbidden for another one's draft or without the permission, Conflict for a page that is too old or has nothing
    to do.
    """
    kind = KINDS[batch.kind]
    if batch.owner_id != user.pk or not user.has_perm(kind.permission):
        raise Forbidden(_("Only who opened this page, and may do this, can begin it."))
    if batch.state != BatchState.DRAFT:
        return batch
    now = clock.now()
    if batch.created_at < now - dt.timedelta(hours=DRAFT_HOURS):
        raise Conflict(_("This page is too old. Choose the rows once more."))
    sums = sums_of(batch)
    if not batch.rows.filter(state=RowState.WAITING).exists():
        raise Conflict(_("There is nothing to do."))
    why = why_not_alone_at_once(user, sums) if batch.kind == "refund" else ""
    state = BatchState.ASKED if why else BatchState.RUNNING
    with db.durable():
        moved = ActionBatch.objects.filter(pk=batch.pk, state=BatchState.DRAFT).update(
            state=state,
            reason=confirmed.reason,
            note=confirmed.note,
            options=confirmed.options,
            address=confirmed.address,
            started_at=None if why else now,
        )
        batch.refresh_from_db()
        if moved:
            claim_of(batch).take(None)
            if why:
                RefundApproval.objects.create(
                    project=batch.project,
                    batch=batch,
                    reason=batch.reason,
                    note=batch.note,
                    why=why,
                    asked_by=user,
                    expires_at=ends_at(),
                )
    return batch


def stop_batch(batch: ActionBatch, *, by: User) -> bool:
    """Stop a running batch: the row at hand is finished, the others are left; True where this call stopped it."""
    with db.durable():
        stopped = ActionBatch.objects.filter(pk=batch.pk, state=BatchState.RUNNING).update(
            state=BatchState.STOPPED, ended_at=clock.now()
        )
        if stopped:
            words = _("It was stopped by %(who)s; rows that were not begun are left.") % {"who": by.get_username()}
            end_with(batch, AuditOutcome.REFUSED, words, {"stopped by": by.get_username()})
    return bool(stopped)


def sums_of(batch: ActionBatch) -> Sums:
    """Add up what the rows that can be done would move (minor units), by project and currency."""
    rows = batch.rows.filter(state=RowState.WAITING, amount__gt=0)
    found = rows.values_list("project_id", "currency").annotate(total=Sum("amount")).order_by("project_id", "currency")
    return {(project_id, currency): total for project_id, currency, total in found}
