"""Who changes a member of staff, and why."""

import uuid
from dataclasses import dataclass

from django.contrib.auth.models import User

from payments.models import AuditAction
from payments.services import audit

_PEOPLE = uuid.UUID("5f2c1f0e-6c0e-4b58-9d43-0a2f5f6d7c11")


@dataclass(frozen=True, slots=True)
class By:
    """A person at work; without a user: the command line, which may do everything.

    What the audit trail keeps is written in English, whoever's language the pages speak.
    """

    name: str
    user: User | None = None
    address: str | None = None
    note: str = ""

    def draft(self, action: AuditAction, object_id: uuid.UUID, number: int = 0) -> audit.Draft:
        """Begin a row of the audit trail. `number`: the form's place, where the row claims one."""
        return audit.Draft(
            action=action,
            project=None,
            object_id=object_id,
            number=number,
            actor=self.name[:128],
            address=self.address,
            note=self.note[:500],
        )


def id_of_user(user_id: int) -> uuid.UUID:
    """Return what the audit trail knows a user by."""
    return uuid.uuid5(_PEOPLE, f"user:{user_id}")


def id_of_role(group_id: int) -> uuid.UUID:
    """Return what the audit trail knows a role by."""
    return uuid.uuid5(_PEOPLE, f"role:{group_id}")
