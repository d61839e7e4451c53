"""Check now, decide an outcome, resolve an item."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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

    name, verb, icon = AuditAction.CHECK, gettext_lazy("Check now"), "sync"
    permission = "payments.check_payment"
    cannot = gettext_lazy("Nothing is undecided, so there is nothing to ask about.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether anything is undecided."""
        return bool(subject.possible.undecided)

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what is asked about."""
        about = "; ".join(
            _("%(name)s, which %(stands)s") % {"name": _name(attempt), "stands": attempt_words(attempt.state)}
            for attempt in subject.possible.undecided
        )
        return [
            _("%(provider)s is asked about: %(about)s.") % {"provider": subject.provider, "about": about},
            _("What it answers is recorded, as if it had come by itself. No answer changes nothing."),
            _(
                "Where %(provider)s never got a request, the hub may send it again under the "
                "request's own key, as it does by itself: nothing is done twice."
            )
            % {"provider": subject.provider},
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
                " ".join(told) or _("Everything was decided meanwhile: nothing was asked."),
                after=audit.snapshot(subject.paid),
            )


class DecideAction(Action):
    """Put a person's word in the place of the provider's, for an attempt in doubt."""

    name, verb, icon = AuditAction.DECIDE, gettext_lazy("Decide the outcome"), "gavel"
    permission = "payments.decide_attempt"
    form, two_steps, dangerous = DecideForm, True, True
    cannot = gettext_lazy("Its outcome is no longer unknown, so it is not for a person to decide.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether the attempt is in doubt."""
        return subject.attempt is not None and subject.attempt in subject.possible.in_doubt

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say what will count."""
        attempt = _attempt(subject)
        warning = _("Nothing is sent to the provider. The hub believes you: look at the provider's own records first.")
        if data is None:
            return [f"{_name(attempt)} {attempt_words(attempt.state)}.", warning, real_money(subject)]
        succeeded = data["outcome"] == "succeeded"
        counts = _("counts as done, and its amount is recorded") if succeeded else _("counts as failed; nothing moved")
        words = [_("%(name)s %(counts)s. The order system is told so.") % {"name": _name(attempt), "counts": counts}]
        if not succeeded:
            words.append(_("What was reserved or blocked for it is free again: it can then be asked for anew."))
        return [*words, warning, real_money(subject)]

    def button(self, subject: Subject, data: dict[str, Any] | None) -> str:
        """Name the outcome."""
        if not data:
            return str(self.verb)
        return _("It succeeded") if data["outcome"] == "succeeded" else _("It failed")

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
                (
                    _("Recorded as succeeded: %(name)s.")
                    if data["outcome"] == "succeeded"
                    else _("Recorded as failed: %(name)s.")
                )
                % {"name": _name(applied.attempt)},
                after=audit.snapshot(applied.payment),
                attempt=applied.attempt,
            ),
        )


class ResolveAction(Action):
    """Close an operator item."""

    name, verb, icon = AuditAction.RESOLVE, gettext_lazy("Resolve"), "task_alt"
    permission = "payments.resolve_operatoritem"
    form = ResolveForm
    cannot = gettext_lazy("It is resolved already.")

    def is_possible(self, subject: Subject) -> bool:
        """Tell whether it is open."""
        return subject.item is not None and subject.item.resolved_at is None

    def effect(self, subject: Subject, data: dict[str, Any] | None) -> list[str]:
        """Say that it leaves the queue, and that this is all."""
        item = subject.item
        step = item.next_step if item is not None else ""
        return [
            _("The item asks for this: «%(step)s»") % {"step": step},
            _("It leaves the queue, with your name and what you write here; it can be opened again."),
            _("No money moves by this, and nobody is told."),
            *_of_another(subject),
        ]

    def act(self, subject: Subject, data: dict[str, Any], claim: FormClaim, seen: int | None) -> None:
        """Resolve."""
        item = subject.item
        assert item is not None, "an item is resolved"  # noqa: S101 - by construction

        def written() -> None:
            claim.take(None)
            claim.finish(AuditOutcome.OK, _("Resolved: %(kind)s.") % {"kind": label(item.kind).lower()})

        resolve_item(item, claim.draft.actor, data["note"], then=written)


def _attempt(subject: Subject) -> Attempt:
    assert subject.attempt is not None, "an attempt is decided"  # noqa: S101 - by construction
    return subject.attempt


def _name(attempt: Attempt) -> str:
    return _("%(kind)s of %(amount)s") % {
        "kind": label(attempt.kind),
        "amount": amount(attempt.amount, attempt.currency),
    }


def _heard(attempt: Attempt, before: str, *, answered: bool) -> str:
    if attempt.state != before:
        return f"{_name(attempt)}: {attempt_words(attempt.state)}."
    said = _("%(name)s: not decided yet; it %(stands)s.") if answered else _("%(name)s: no answer; it %(stands)s.")
    return said % {"name": _name(attempt), "stands": attempt_words(attempt.state)}


def _of_another(subject: Subject) -> list[str]:
    """Name who else is on the item."""
    taken_by = subject.item.taken_by if subject.item is not None else ""
    if not taken_by or (subject.who is not None and taken_by == subject.who.get_username()):
        return []
    return [_("%(name)s is on it: ask them first.") % {"name": taken_by}]
