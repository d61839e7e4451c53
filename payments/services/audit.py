"""The audit trail of the backoffice, and the claim that lets one form do its work once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from paymenthub.kernel import ids
from paymenthub.kernel.errors import HubError
from payments.domain.attempt import AttemptKind, AttemptState
from payments.models import Attempt, AuditAction, AuditEntry, AuditOutcome, OperatorItem, Payment, Project
from payments.selectors.code_words import code_words
from payments.selectors.explain import NOUN, amount

_OUTCOMES = {
    AttemptState.SUCCEEDED: AuditOutcome.OK,
    AttemptState.DECLINED: AuditOutcome.KO,
    AttemptState.REJECTED: AuditOutcome.KO,
    AttemptState.NOT_SENT: AuditOutcome.NOT_SENT,
}
_MESSAGES = {
    AuditOutcome.NOT_SENT: gettext_lazy("The provider could not be reached. Nothing was sent."),
    AuditOutcome.PENDING: gettext_lazy("It was sent, and the provider has not decided yet."),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """Who does what to which object, from where and why; `number` is the place of the form among the object's."""

    action: AuditAction
    project: Project | None
    object_id: uuid.UUID
    number: int
    actor: str
    address: str | None = None
    reason: str = ""
    note: str = ""
    payment: Payment | None = None
    item: OperatorItem | None = None


@dataclass(frozen=True, slots=True)
class FormClaim:
    """One form's claim, in the shape of an idempotency key's: taken where work is written down, settled where it ends.

    Both rows stand or fall with the transaction they are written in. `take` raises IntegrityError (constraint
    `audit_form_once`) when another form of the same place was first.
    """

    draft: Draft
    before: Mapping[str, Any]
    id: uuid.UUID = field(default_factory=ids.new_uuid)

    def take(self, attempt: Attempt | None) -> None:
        """Write down that the action began."""
        row = _row(self.draft, id=self.id, outcome=AuditOutcome.ASKED, attempt=attempt, before=self.before)
        row.number = self.draft.number
        row.save(force_insert=True)

    def settle(self, attempt: Attempt) -> None:
        """Write down what came of an attempt that was just recorded."""
        outcome = outcome_of(attempt)
        self.finish(outcome, message_of(outcome, attempt), after=snapshot(attempt.payment), attempt=attempt)

    def finish(
        self,
        outcome: AuditOutcome,
        message: str,
        *,
        after: Mapping[str, Any] | None = None,
        attempt: Attempt | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down what came of the action."""
        row = _row(self.draft, outcome=outcome, attempt=attempt, before=self.before, after=after, message=message[:500])
        row.details = dict(details or {})
        row.asked_id = self.id
        row.save(force_insert=True)


def refused(draft: Draft, error: HubError, before: Mapping[str, Any]) -> AuditEntry:
    """Write down that an action was refused before anything began; the form stays good."""
    row = _row(draft, outcome=AuditOutcome.REFUSED, before=before, after=before, message=error.message[:500])
    row.details = {"code": error.code, **error.details}
    row.save(force_insert=True)
    return row


def done(
    draft: Draft,
    message: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    outcome: AuditOutcome = AuditOutcome.OK,
) -> AuditEntry:
    """Write down an action that is done with in the transaction at hand, in one row that claims no form."""
    row = _row(draft, outcome=outcome, before=dict(before or {}), after=after, message=message[:500])
    row.save(force_insert=True)
    return row


def snapshot(payment: Payment | None) -> dict[str, Any]:
    """Say how a payment stands: state and amounts in minor units; nothing for no payment."""
    if payment is None:
        return {}
    return {
        "state": payment.state,
        "currency": payment.currency,
        "authorized": payment.authorized,
        "captured": payment.captured,
        "refundedByUs": payment.refunded_by_us,
        "refundReserved": payment.refund_reserved,
        "refundedElsewhere": payment.refunded_elsewhere,
        "chargedBack": payment.charged_back,
        "refundable": payment.refundable,
    }


def outcome_of(attempt: Attempt) -> AuditOutcome:
    """Say how an attempt stands, in the words of the audit trail."""
    return _OUTCOMES.get(AttemptState(attempt.state), AuditOutcome.PENDING)


def message_of(outcome: AuditOutcome, attempt: Attempt) -> str:
    """Say what came of an attempt."""
    if outcome is AuditOutcome.KO:
        declined = attempt.state == AttemptState.DECLINED
        said = (
            _("The provider declined it: %(why)s.")
            if declined
            else _("The provider refused the request as wrong: %(why)s.")
        )
        why = code_words(attempt.decline_reason).lower() if attempt.decline_reason else _("no reason given")
        return said % {"why": ", ".join(filter(None, [why, attempt.decline_message]))}
    if attempt.state == AttemptState.UNKNOWN:
        return _("It was sent, but the provider has not answered: nobody knows yet whether it was done.")
    if outcome is AuditOutcome.OK:
        money = amount(attempt.amount, attempt.currency)
        noun = NOUN[AttemptKind(attempt.kind)]
        return _("The provider has confirmed the %(noun)s of %(amount)s.") % {"noun": noun, "amount": money}
    return str(_MESSAGES[outcome])


def next_number(object_id: uuid.UUID) -> int:
    """Return the place that the next form of an object gets. Forms opened before one of them was sent share it."""
    last = AuditEntry.objects.filter(object_id=object_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def taken(object_id: uuid.UUID, number: int) -> AuditEntry | None:
    """Return the action that took a form's place; None while nobody did."""
    return AuditEntry.objects.filter(object_id=object_id, number=number).first()


def outcome_row(entry: AuditEntry) -> AuditEntry | None:
    """Return the row that holds what came of an action; None where its process died or still runs."""
    return AuditEntry.objects.filter(asked=entry).first()


def outcome_of_action(entry: AuditEntry) -> AuditEntry:
    """Return the row that says most about an action: that of its outcome, else its first."""
    return AuditEntry.objects.filter(asked=entry).select_related("attempt", "payment", "item").first() or entry


def _row(draft: Draft, **more: Any) -> AuditEntry:
    return AuditEntry(
        project=draft.project,
        payment=draft.payment,
        item=draft.item,
        object_id=draft.object_id,
        action=draft.action,
        actor=draft.actor,
        address=draft.address,
        reason=draft.reason,
        note=draft.note,
        **more,
    )
