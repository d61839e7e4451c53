"""What every change of the configuration shares: nobody's work is overwritten unseen, and each change is written down."""

from typing import Any

from django.utils.translation import gettext as _

from paymenthub.kernel.errors import Conflict
from payments.models import AuditAction, AuditOutcome, Principal, Project
from payments.selectors.configured import Configured, Version, differences, version_of

from . import audit
from .install_machine import By


def refuse_if_changed(row: Configured, seen: Version | None) -> None:
    """Raise Conflict, with what changed, where a locked row is not in the version that a person saw; None: any will do."""
    now = version_of(row)
    if seen is None or seen.mark == now.mark:
        return
    changed = "; ".join(differences(seen.told, now.told)) or _("a secret or an address")
    raise Conflict(
        _("Somebody has changed this since you opened it (%(changed)s). Look at it again before you change it.")
        % {"changed": changed}
    )


def note(
    row: Configured,
    action: AuditAction,
    by: By,
    message: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    outcome: AuditOutcome = AuditOutcome.OK,
) -> None:
    """Write a change down in the transaction that makes it; without `after`, how the row stands then."""
    draft = audit.Draft(
        action=action,
        project=_project_of(row),
        object_id=row.id,
        number=1,
        actor=by.actor,
        address=by.address,
        note=by.reason,
    )
    told = version_of(row).told if after is None else after
    audit.done(draft, message, before=before, after=told, outcome=outcome)


def _project_of(row: Configured) -> Project | None:
    if isinstance(row, Principal):
        return None
    return row if isinstance(row, Project) else row.project
