"""A project's list of the web pages that may call the hub with its browser keys."""

from collections.abc import Sequence

from paymenthub.kernel import db
from paymenthub.kernel.errors import InvalidField
from payments import locks
from payments.domain import origins
from payments.models import AuditAction, AuditEntry, AuditOutcome, Project
from payments.selectors import api_keys

from .install_machine import By

MOST = 20


def set_browser_origins(*, project: Project, listed: Sequence[str], by: By) -> None:
    """Give a project another list, and write down who did. Raises InvalidField.

    It holds at once in this process, within API_KEY_CACHE_SECONDS in others.
    """
    listed = list(dict.fromkeys(listed))
    if len(listed) > MOST:
        raise InvalidField(f"At most {MOST} origins.", param="origins")
    for origin in listed:
        wrong = origins.problem(origin)
        if wrong:
            raise InvalidField(f"{origin[:64]!r}: {wrong}", param="origins")
    with db.durable():
        locked = locks.project(project.id)
        before, locked.browser_origins = locked.browser_origins, listed
        locked.save(update_fields=["browser_origins"])
        AuditEntry.objects.create(
            project=locked,
            object_id=locked.id,
            action=AuditAction.BROWSER_ORIGINS,
            actor=by.actor,
            address=by.address,
            note=by.reason,
            outcome=AuditOutcome.OK,
            message=f"Web pages that may use keys of {locked.name}: {', '.join(listed) or 'none'}."[:500],
            before={"origins": before},
            after={"origins": listed},
        )
    api_keys.forget()
