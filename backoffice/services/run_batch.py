"""Work on a batch's rows in a worker: one after the other, each once, whoever runs it and however often."""

import datetime as dt
import logging
from dataclasses import replace
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.utils.translation import gettext as _

from backoffice.access import may_see
from backoffice.bulk.catalogue import KINDS
from backoffice.models import ActionBatch, BatchRow, BatchState, RowState
from paymenthub.kernel import clock, db
from paymenthub.kernel.errors import Forbidden, HubError, NotFound
from payments.models import AuditEntry, AuditOutcome
from payments.services import audit
from payments.services.operate import operate

from .batch_audit import end_with

logger = logging.getLogger(__name__)

_LEASE = dt.timedelta(seconds=120)
"""Above the time of one row. A lease that ends early costs nothing but a look: each row's claim is taken once."""
_MOST_TRIES = 5


def run_batch(batch_id: UUID, *, seconds: float = 60.0) -> bool:
    """Work for so many seconds; True where the time was too short for all rows. Does nothing where another worker is at it."""
    lease = _claim(batch_id)
    if lease is None:
        return False
    until = clock.monotonic() + seconds
    batch = ActionBatch.objects.select_related("owner", "approved_by", "project").get(pk=batch_id)
    for row in batch.rows.filter(state=RowState.WAITING).order_by("number"):
        if clock.monotonic() >= until:
            _release(batch_id, lease)
            return True
        renewed = _claim(batch_id, held=lease)
        if renewed is None:
            return False  # stopped, or another worker took over
        lease = renewed
        row.batch = batch
        _work(row)
    if not batch.rows.filter(state=RowState.WAITING).exists():
        _end(batch)
    _release(batch_id, lease)
    return False  # what was put off waits for beat


def due_batches() -> list[UUID]:
    """Name the running batches that no worker has."""
    now = clock.now()
    free = ActionBatch.objects.filter(state=BatchState.RUNNING).exclude(lease_until__gt=now)
    return list(free.order_by("started_at").values_list("pk", flat=True))


def _claim(batch_id: UUID, *, held: dt.datetime | None = None) -> dt.datetime | None:
    """Take or renew the lease in one statement; None where it is another's, or the batch does not run."""
    now = clock.now()
    rows = ActionBatch.objects.filter(pk=batch_id, state=BatchState.RUNNING)
    rows = rows.exclude(lease_until__gt=now) if held is None else rows.filter(lease_until=held)
    return now + _LEASE if rows.update(lease_until=now + _LEASE) else None


def _release(batch_id: UUID, lease: dt.datetime) -> None:
    ActionBatch.objects.filter(pk=batch_id, lease_until=lease).update(lease_until=None)


def _work(row: BatchRow) -> None:
    """Do one row and write down how it ended; one that could not even be tried waits, at most so many times."""
    try:
        entry = _carry_out(row)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:  # whatever one row meets, it is told in its own line and stops no other
        if isinstance(error, DatabaseError):
            logger.warning("a row of a bulk action waits", extra={"batch": str(row.batch_id), "row": row.number})
        else:
            logger.exception("a row of a bulk action failed", extra={"batch": str(row.batch_id), "row": row.number})
        _put_off(row)
    else:
        outcome, message = audit_standing(entry)
        _record(row, outcome, message)


def _carry_out(row: BatchRow) -> AuditEntry:
    batch, kind = row.batch, KINDS[row.batch.kind]
    # Read anew for each row: whoever lost a permission or a project meanwhile does no more.
    who = User.objects.get(pk=batch.approved_by_id or batch.owner_id)
    subject = kind.subject(row)
    draft = audit.Draft(
        action=kind.action.name,
        project=row.project,
        object_id=row.id,
        number=1,
        actor=who.get_username(),
        address=batch.address,
        reason=batch.reason,
        note=batch.note,
        payment=subject.payment if subject is not None else row.payment,
    )
    begun = audit.taken(row.id, 1)
    if begun is not None:
        return begun
    error: HubError | None = None
    if subject is None:
        error = NotFound(_("It is not there any more."))
    elif not _still_may(row, who, kind.is_allowed(User.objects.get(pk=batch.owner_id), subject)):
        error = Forbidden(_("Who began this may not do it any more."))
    if error is not None or subject is None:
        return audit.refused(draft, error or NotFound(""), audit.snapshot(draft.payment))
    acting = replace(subject, who=who)
    return operate(draft, lambda claim: kind.act(row, acting, claim)).entry


def _still_may(row: BatchRow, who: User, owner_may: bool) -> bool:
    batch = row.batch
    owner = User.objects.get(pk=batch.owner_id)
    if not (owner_may and owner.is_active and may_see(owner, row.project_id)):
        return False
    if batch.approved_by_id is None:
        return True
    return who.has_perm("backoffice.approve_refund") and who.is_active and may_see(who, row.project_id)


def audit_standing(entry: AuditEntry) -> tuple[AuditOutcome, str]:
    """Say how an action stands by what is known now: by its attempt, where that knows more than its row."""
    final = audit.outcome_of_action(entry)
    outcome, message = AuditOutcome(final.outcome), final.message
    attempt = final.attempt or entry.attempt
    if attempt is not None and outcome in (AuditOutcome.ASKED, AuditOutcome.PENDING):
        outcome = audit.outcome_of(attempt)
        message = audit.message_of(outcome, attempt)
    return outcome, message


def _record(row: BatchRow, outcome: AuditOutcome, message: str) -> None:
    BatchRow.objects.filter(pk=row.pk).update(state=RowState.ENDED, outcome=outcome, message=message[:500])


def _put_off(row: BatchRow) -> None:
    row.tries += 1
    begun = audit.taken(row.id, 1)
    if begun is not None:
        _record(row, *audit_standing(begun))
    elif row.tries >= _MOST_TRIES:
        _record(row, AuditOutcome.NOT_SENT, _("It could not be begun; the log says why. Nothing was done."))
    else:
        BatchRow.objects.filter(pk=row.pk, state=RowState.WAITING).update(tries=row.tries)


def _end(batch: ActionBatch) -> None:
    with db.durable():
        ended = ActionBatch.objects.filter(pk=batch.pk, state=BatchState.RUNNING).update(
            state=BatchState.DONE, ended_at=clock.now()
        )
        if ended:
            counts: dict[str, int] = {}
            for outcome in batch.rows.filter(state=RowState.ENDED).values_list("outcome", flat=True):
                counts[outcome] = counts.get(outcome, 0) + 1
            left_out = batch.rows.filter(state=RowState.LEFT_OUT).count()
            end_with(batch, AuditOutcome.OK, _("Every row was worked on."), {**counts, "left out": left_out})
