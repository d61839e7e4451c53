"""A batch's own two rows in the audit trail: that it was begun, and how it ended."""

from typing import Any

from django.db import IntegrityError, transaction

from backoffice.models import ActionBatch
from payments.models import AuditAction, AuditOutcome
from payments.services import audit
from payments.services.audit import Draft, FormClaim
from payments.services.ordering import constraint_of


def claim_of(batch: ActionBatch, *, action: AuditAction = AuditAction.BULK) -> FormClaim:
    """Make the claim that a batch is begun by; only the first one can be taken."""
    draft = Draft(
        action=action,
        project=batch.project,
        object_id=batch.id,
        number=1,
        actor=batch.owner.get_username(),
        address=batch.address,
        reason=batch.reason,
        note=batch.note,
    )
    return FormClaim(draft, {})


def end_with(batch: ActionBatch, outcome: AuditOutcome, message: str, details: dict[str, Any]) -> None:
    """Write down how a begun batch ended, once. Needs a transaction."""
    begun = audit.taken(batch.id, 1)
    assert begun is not None, "a batch that ends was begun"  # noqa: S101 - by construction
    claim = claim_of(batch, action=AuditAction(begun.action))
    try:
        with transaction.atomic():
            FormClaim(claim.draft, {}, id=begun.id).finish(outcome, message, details={"kind": batch.kind, **details})
    except IntegrityError as error:
        if "asked" not in constraint_of(error):
            raise
