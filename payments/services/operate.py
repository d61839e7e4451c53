"""Carry a person's action out: once per form, and never without its row in the audit trail."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError

from paymenthub.kernel.errors import HubError
from payments.attempts.run import LeaseLost
from payments.models import AuditEntry, AuditOutcome, Source

from . import audit
from .ordering import By, constraint_of


@dataclass(frozen=True, slots=True)
class Acted:
    """The action's row; `replayed` tells that the form's place was taken before, so nothing was done now."""

    entry: AuditEntry
    replayed: bool = False


def operate(draft: audit.Draft, act: Callable[[audit.FormClaim], object]) -> Acted:
    """Run `act` with the form's claim, which it takes and settles.

    An action that is refused (any HubError before the claim is taken) is written down as refused, and its form may be
    sent again. A form whose place is taken does nothing: the row of the first is returned.
    """
    first = audit.taken(draft.object_id, draft.number)
    if first is not None:
        return Acted(first, replayed=True)
    if draft.payment is not None:
        draft.payment.refresh_from_db()
    claim = audit.FormClaim(draft, audit.snapshot(draft.payment))
    try:
        act(claim)
    except LeaseLost:
        pass  # written down, not sent by this process: whoever took it over records the outcome
    except IntegrityError as error:
        if constraint_of(error) != "audit_form_once":
            raise
    except HubError as error:
        # The first one's work may be the very reason for the refusal: then it is the answer.
        begun = audit.taken(draft.object_id, draft.number)
        if begun is None:
            return Acted(audit.refused(draft, error, claim.before))
        if begun.id == claim.id and audit.outcome_row(begun) is None:
            claim.finish(AuditOutcome.REFUSED, error.message, details={"code": error.code, **error.details})
    entry = audit.taken(draft.object_id, draft.number)
    assert entry is not None, "an action that was not refused has taken its place"  # noqa: S101 - by construction
    return Acted(entry, replayed=entry.id != claim.id)


def by_operator(claim: audit.FormClaim) -> By:
    """Name the person and the audit row to a service that writes an attempt down."""
    # A form's claim is taken and settled at the same two places as an idempotency key's.
    return By(Source.OPERATOR, f"audit:{claim.id.hex}", claim.draft.actor, claim)
