"""Check now, decide an outcome, resolve an item."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice.display import label
from backoffice.words import attempt_words
from paymenthub.kernel import db
from payments.models import Attempt, AuditAction, AuditOutcome
from payments.selectors.explain import amount
from payments.services import audit
from payments.services.audit import FormClaim
from payments.services.check_now import check_now
from payments.services.resolve import decide, resolve_item

from .base import Action, real_money
from .forms import DecideForm, ResolveForm
from .subject import Subject


class CheckAction(Action):
    """Ask the provider."""

    name, verb, icon = AuditAction.CHECK, "Check now", "sync"
    permission = "payments.check_payment"
    cannot = "Nothing is undecided, so there is nothing to ask about."

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether anything is undecided."""
        return bool(subject.possible.undecided)

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what is asked about."""
        about = "; ".join(
            f"{_name(attempt)}, which {attempt_words(attempt.state)}" for attempt in subject.possible.undecided
        )
        return [
            f"{subject.provider} is asked about: {about}.",
            "What it answers is recorded, as if it had come by itself. No answer changes nothing.",
            f"Where {subject.provider} never got a request, the hub may send it again under the request's own key, as it "
            "does by itself: nothing is done twice.",
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Ask, and write down what was heard."""
        with db.durable():
            claim.take(None)
        checked = check_now(subject.paid, actor=claim.draft.actor, evidence=f"audit:{claim.id.hex}")
        told = [_heard(one.attempt, one.state_before, answered=one.answered) for one in checked]
        undecided = any(one.attempt.is_undecided for one in checked)
        subject.paid.refresh_from_db()
        with db.durable():
            claim.finish(
                AuditOutcome.PENDING if undecided else AuditOutcome.OK,
                " ".join(told) or "Everything was decided meanwhile: nothing was asked.",
                after=audit.snapshot(subject.paid),
            )


class DecideAction(Action):
    """Put a person's word in the place of the provider's, for an attempt in doubt."""

    name, verb, icon = AuditAction.DECIDE, "Decide the outcome", "gavel"
    permission = "payments.decide_attempt"
    form, two_steps, dangerous = DecideForm, True, True
    cannot = "Its outcome is no longer unknown, so it is not for a person to decide."

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether the attempt is in doubt."""
        return subject.attempt is not None and subject.attempt in subject.possible.in_doubt

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what will count."""
        attempt = _attempt(subject)
        warning = "Nothing is sent to the provider. The hub believes you: look at the provider's own records first."
        if data is None:
            return [f"{_name(attempt)} {attempt_words(attempt.state)}.", warning, real_money(subject)]
        succeeded = data["outcome"] == "succeeded"
        counts = "counts as done, and its amount is recorded" if succeeded else "counts as failed; nothing moved"
        words = [f"{_name(attempt)} {counts}. The order system is told so."]
        if not succeeded:
            words.append("What was reserved or blocked for it is free again: it can then be asked for anew.")
        return [*words, warning, real_money(subject)]

    def button(self, subject: Subject, data: dict[str, Any] | None) -> str:
        """Name the outcome."""
        return f"It {data['outcome']}" if data else self.verb

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Decide."""
        attempt = _attempt(subject)
        decide(
            attempt,
            data["outcome"],
            data["note"],
            claim.draft.actor,
            begin=lambda: claim.take(attempt),
            then=lambda applied: claim.finish(
                AuditOutcome.OK,
                f"Recorded as {data['outcome']}: {_name(applied.attempt)}.",
                after=audit.snapshot(applied.payment),
                attempt=applied.attempt,
            ),
        )


class ResolveAction(Action):
    """Close an operator item."""

    name, verb, icon = AuditAction.RESOLVE, "Resolve", "task_alt"
    permission = "payments.resolve_operatoritem"
    form = ResolveForm
    cannot = "It is resolved already."

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether it is open."""
        return subject.item is not None and subject.item.resolved_at is None

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say that it leaves the queue, and that this is all."""
        item = subject.item
        step = item.next_step if item is not None else ""
        return [
            f"The item asks for this: «{step}»",
            "It leaves the queue for good, with your name and what you write here.",
            "No money moves by this, and nobody is told.",
            *([_("%(name)s is on it: ask them first.") % {"name": item.taken_by}] if item and item.taken_by else []),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Resolve."""
        item = subject.item
        assert item is not None, "an item is resolved"  # noqa: S101 - by construction

        def written() -> None:
            claim.take(None)
            claim.finish(AuditOutcome.OK, f"Resolved: {label(item.kind).lower()}.")

        resolve_item(item, claim.draft.actor, data["note"], then=written)


def _attempt(subject: Subject) -> Attempt:
    assert subject.attempt is not None, "an attempt is decided"  # noqa: S101 - by construction
    return subject.attempt


def _name(attempt: Attempt) -> str:
    return f"{label(attempt.kind)} of {amount(attempt.amount, attempt.currency)}"


def _heard(attempt: Attempt, before: str, *, answered: bool) -> str:
    if attempt.state != before:
        return f"{_name(attempt)}: {attempt_words(attempt.state)}."
    return f"{_name(attempt)}: {'not decided yet' if answered else 'no answer'}; it {attempt_words(attempt.state)}."
