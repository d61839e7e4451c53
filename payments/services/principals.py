"""Make and change principals, each time with a row in the audit trail."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from paymenthub.kernel import db
from paymenthub.kernel.errors import Conflict
from payments import locks
from payments.models import AuditAction, Principal, Standing
from payments.selectors import api_keys
from payments.selectors.configured import Version, version_of

from .configuring import note, refuse_if_changed
from .install_machine import By
from .merchants import check_name, check_standing, create_principal


def make_principal(*, name: str, by: By) -> Principal:
    """Make a principal. Raises InvalidField, or Conflict where the name is taken."""
    with db.durable():
        principal = create_principal(name=name)
        note(principal, AuditAction.PRINCIPAL, by, f"The principal {principal.name} was made.")
    return principal


def change_principal(*, principal: Principal, name: str, standing: str, by: By, seen: Version | None) -> None:
    """Rename a principal, or switch all its projects on or off.

    Raises InvalidField, or Conflict where the name is taken or somebody changed it since.
    """
    check_name(name)
    check_standing(standing)
    with db.durable():
        row = locks.principal(principal.id)
        refuse_if_changed(row, seen)
        before = version_of(row).told
        row.name, row.standing = name, standing
        try:
            with transaction.atomic():
                row.save(update_fields=["name", "standing"])
        except IntegrityError:
            raise Conflict(_("There is a principal %(name)s already.") % {"name": name}, param="name") from None
        note(row, AuditAction.PRINCIPAL, by, f"The principal is {row.name}, {Standing(standing).label}.", before=before)
    api_keys.forget()
