"""The audit trail of exports: who took which rows out, written when it begins and when it ends."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from backoffice.access import visible_projects
from backoffice.exports.wish import Wish
from backoffice.models import ExportJob
from paymenthub.kernel import db, ids
from payments.models import AuditAction, AuditOutcome, Project
from payments.services import audit
from payments.services.audit import Draft, FormClaim


def begin(user: User, wish: Wish, *, object_id: uuid.UUID, address: str | None, rows: int) -> uuid.UUID:
    """Write down, at once, that an export begins; return the id by which `end` finds it."""
    with db.durable():
        return note(user, wish, object_id=object_id, address=address, rows=rows)


def note(user: User, wish: Wish, *, object_id: uuid.UUID, address: str | None, rows: int) -> uuid.UUID:
    """Write the same down in the transaction at hand."""
    claim = FormClaim(_draft(user, object_id, address), {**facts(wish), "rowsWanted": rows}, id=ids.new_uuid())
    claim.take(None)
    return claim.id


def end(
    user: User,
    wish: Wish,
    *,
    audit_id: uuid.UUID,
    object_id: uuid.UUID,
    address: str | None,
    rows: int,
    outcome: AuditOutcome,
    message: str,
) -> None:
    """Write down how it ended, and how many rows had gone out by then."""
    claim = FormClaim(_draft(user, object_id, address), facts(wish), id=audit_id)
    claim.finish(outcome, message, after={"rows": rows})


def downloaded(job: ExportJob, *, address: str | None) -> None:
    """Write down that a person takes the file."""
    draft = _draft(job.user, job.id, address, action=AuditAction.DOWNLOAD_EXPORT)
    audit.done(draft, job.shown_name, after={"rows": job.rows_written, "list": job.list})


def facts(wish: Wish) -> Mapping[str, Any]:
    """Say what is exported: the list, its filter, the columns, the format."""
    return {
        "list": wish.list.name,
        "filter": wish.query,
        "columns": [column.key for column in wish.columns],
        "format": wish.look.format.value,
    }


def _draft(user: User, object_id: uuid.UUID, address: str | None, *, action: AuditAction = AuditAction.EXPORT) -> Draft:
    return Draft(
        action=action,
        project=_only_project(user),
        object_id=object_id,
        number=1,
        actor=user.get_username(),
        address=address,
    )


def _only_project(user: User) -> Project | None:
    """Return the project of who sees one only; what is about several belongs to none."""
    mine = list(visible_projects(user)[:2])
    return mine[0] if len(mine) == 1 else None
