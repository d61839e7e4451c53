"""Payment links in a person's hands: the same services, with a row in the audit trail in the same transaction."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from paymenthub.kernel import ids
from paymenthub.kernel.errors import InvalidField
from payments.models import AuditAction, AuditOutcome, PaymentLink
from payments.services.audit import Draft, FormClaim

from .change import LinkChange, change_link
from .make import MakeCommand, make_link


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, from where, and why."""

    actor: str
    address: str | None
    note: str


def make_by(command: MakeCommand, by: By) -> PaymentLink:
    """Make a link. Raises DuplicateTransaction, and InvalidField without a reason."""
    return make_link(command, then=_audited(by, "A payment link was made."))


def change_by(link_id: uuid.UUID, wanted: LinkChange, by: By) -> PaymentLink:
    """Change a link. Raises InvalidField, also without a reason."""
    return change_link(link_id, wanted, then=_audited(by, "A payment link was changed."))


def _audited(by: By, message: str) -> Callable[[PaymentLink], None]:
    if not by.note.strip():
        raise InvalidField("Say why.", param="note")

    def write(link: PaymentLink) -> None:
        # A row of its own for each deed: nothing here is done once per form.
        draft = Draft(
            action=AuditAction.PAYMENT_LINK,
            project=link.project,
            object_id=ids.new_uuid(),
            number=1,
            actor=by.actor,
            address=by.address,
            note=by.note,
        )
        claim = FormClaim(draft, {})
        claim.take(None)
        ends = link.expires_at.isoformat() if link.expires_at else "never"
        details = {"link": link.public_id, "ends": ends, "disabled": link.disabled_at is not None}
        claim.finish(AuditOutcome.OK, message, details=details | {"mostUses": link.max_uses or "no limit"})

    return write
